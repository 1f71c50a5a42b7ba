package demo

// shelf is a category at the end of the tree and what stands in it.
type shelf struct {
	room, aisle, title string // the three levels
	noun               string
	shape              string // of its pictures: see shapes
	low, high          int64  // range of prices in cents of EUR
	weight             int64  // grams
	variants           string // the option that sets variants apart; see choices
	materials          []string
	measure            string // of the number attribute
	unit               string
	from, to           int64  // range of the measure in its unit
	feature            string // the boolean attribute
	use                string // what it is for, ends the description
}

// choices are the values of the options. Each value adds to the price in
// hundredths of it.
var choices = map[string][]struct {
	value string
	extra int64
}{
	"Size":   {{"S", 0}, {"M", 0}, {"L", 4}},
	"Colour": {{"Sand", 0}, {"Slate", 0}, {"Rust", 0}},
	"Volume": {{"Small", 0}, {"Large", 35}},
	"Pack":   {{"Single", 0}, {"Pair", 85}, {"Set of four", 260}},
	"":       {{"", 0}},
}

var shelves = []shelf{
	{"Kitchen", "Tableware", "Mugs", "mug", "mug", 900, 2600, 340, "Colour", []string{"stoneware", "porcelain", "enamel"}, "volume", "ml", 220, 480, "dishwasher_safe", "coffee that should stay hot until the last sip"},
	{"Kitchen", "Tableware", "Bowls", "bowl", "bowl", 1100, 4200, 520, "Volume", []string{"stoneware", "porcelain", "olive wood"}, "diameter", "cm", 12, 32, "dishwasher_safe", "soups, salads and everything in between"},
	{"Kitchen", "Tableware", "Plates", "plate", "plate", 900, 3100, 600, "Pack", []string{"stoneware", "porcelain"}, "diameter", "cm", 18, 30, "dishwasher_safe", "a table that is set in a minute"},
	{"Kitchen", "Tableware", "Carafes", "carafe", "bottle", 1900, 5400, 780, "Volume", []string{"glass", "recycled glass"}, "volume", "ml", 500, 1500, "dishwasher_safe", "water and wine within reach"},
	{"Kitchen", "Cooking", "Pans", "pan", "pan", 2900, 12900, 1600, "Size", []string{"carbon steel", "cast iron", "copper"}, "diameter", "cm", 20, 32, "induction", "searing hard and simmering long"},
	{"Kitchen", "Cooking", "Pots", "pot", "pot", 3900, 15900, 2300, "Volume", []string{"cast iron", "steel"}, "volume", "ml", 1500, 7000, "induction", "stews that take the afternoon"},
	{"Kitchen", "Cooking", "Knives", "kitchen knife", "knife", 2400, 14900, 190, "", []string{"carbon steel", "stainless steel"}, "blade", "mm", 80, 240, "dishwasher_safe", "clean cuts without pressing"},
	{"Kitchen", "Cooking", "Boards", "cutting board", "board", 1900, 7900, 1400, "Size", []string{"oak", "walnut", "beech"}, "length", "cm", 25, 55, "juice_groove", "knives that stay sharp"},
	{"Kitchen", "Brewing", "Teapots", "teapot", "pot", 2600, 8900, 820, "Volume", []string{"cast iron", "glass", "stoneware"}, "volume", "ml", 400, 1400, "strainer", "leaves with room to open"},
	{"Kitchen", "Brewing", "Kettles", "kettle", "pot", 3400, 11900, 1250, "Colour", []string{"steel", "enamel"}, "volume", "ml", 800, 1900, "induction", "boiling just what is needed"},

	{"Living", "Light", "Table lamps", "table lamp", "lamp", 3900, 16900, 1700, "Colour", []string{"brass", "oak", "linen"}, "height", "cm", 24, 62, "dimmable", "a pool of light to read in"},
	{"Living", "Light", "Pendant lamps", "pendant lamp", "lamp", 4900, 21900, 2100, "Size", []string{"brass", "paper", "rattan"}, "diameter", "cm", 20, 60, "dimmable", "dinners that go on"},
	{"Living", "Light", "Lanterns", "lantern", "lantern", 1900, 6900, 900, "Size", []string{"steel", "brass"}, "height", "cm", 18, 48, "outdoor", "paths and terraces after dark"},
	{"Living", "Light", "Candles", "candle", "candle", 700, 3400, 310, "Pack", []string{"beeswax", "soy wax"}, "burning_time", "h", 12, 70, "scented", "long evenings"},
	{"Living", "Textiles", "Blankets", "blanket", "cloth", 3900, 14900, 1300, "Colour", []string{"wool", "cotton", "alpaca"}, "length", "cm", 150, 220, "machine_washable", "the cold end of the sofa"},
	{"Living", "Textiles", "Cushions", "cushion", "cloth", 1900, 5900, 620, "Colour", []string{"linen", "cotton", "wool"}, "length", "cm", 40, 60, "machine_washable", "backs that have sat all day"},
	{"Living", "Textiles", "Rugs", "rug", "cloth", 5900, 34900, 5200, "Size", []string{"wool", "jute", "cotton"}, "length", "cm", 140, 300, "machine_washable", "floors that echo"},
	{"Living", "Decoration", "Vases", "vase", "vase", 1400, 7900, 900, "Colour", []string{"glass", "stoneware", "recycled glass"}, "height", "cm", 12, 45, "watertight", "one stem or thirty"},
	{"Living", "Decoration", "Clocks", "wall clock", "clock", 2900, 9900, 800, "Colour", []string{"oak", "steel", "brass"}, "diameter", "cm", 20, 45, "silent", "rooms where time may be seen, not heard"},
	{"Living", "Decoration", "Frames", "picture frame", "frame", 1200, 5900, 700, "Size", []string{"oak", "walnut", "steel"}, "width", "cm", 15, 60, "real_glass", "pictures that deserve an edge"},

	{"Travel", "Bags", "Backpacks", "backpack", "bag", 5900, 19900, 1100, "Colour", []string{"canvas", "recycled nylon"}, "volume", "l", 12, 38, "waterproof", "a day out or three"},
	{"Travel", "Bags", "Duffels", "duffel bag", "bag", 6900, 22900, 1350, "Size", []string{"canvas", "recycled nylon", "leather"}, "volume", "l", 28, 80, "waterproof", "trains, boats and overhead racks"},
	{"Travel", "Bags", "Pouches", "pouch", "bag", 1200, 4200, 140, "Colour", []string{"canvas", "leather"}, "width", "cm", 12, 30, "waterproof", "cables, coins and small things that hide"},
	{"Travel", "Outdoors", "Bottles", "drinking bottle", "bottle", 1600, 4900, 330, "Colour", []string{"steel", "glass", "titanium"}, "volume", "ml", 350, 1100, "insulated", "springs on the way"},
	{"Travel", "Outdoors", "Camp cups", "camp cup", "mug", 900, 3200, 130, "Colour", []string{"enamel", "titanium"}, "volume", "ml", 250, 500, "folding_handle", "the first coffee outside"},
	{"Travel", "Outdoors", "Hammocks", "hammock", "cloth", 3900, 9900, 900, "Colour", []string{"cotton", "recycled nylon"}, "length", "cm", 220, 320, "mosquito_net", "two trees at the right distance"},
	{"Travel", "Paper", "Notebooks", "notebook", "book", 900, 3400, 320, "Colour", []string{"linen", "leather", "recycled paper"}, "pages", "", 96, 320, "dotted", "thoughts on the way"},
	{"Travel", "Paper", "Maps", "map print", "frame", 1500, 4900, 210, "Size", []string{"recycled paper", "cotton paper"}, "width", "cm", 30, 90, "hand_printed", "harbours seen and not yet seen"},

	{"Garden", "Growing", "Planters", "planter", "plant", 1200, 7900, 1900, "Size", []string{"terracotta", "stoneware", "recycled plastic"}, "diameter", "cm", 12, 45, "outdoor", "roots that like air"},
	{"Garden", "Growing", "Watering cans", "watering can", "can", 2400, 6900, 900, "Colour", []string{"steel", "copper"}, "volume", "ml", 800, 9000, "outdoor", "a shower, not a flood"},
	{"Garden", "Growing", "Seeds", "seed box", "plant", 500, 2400, 90, "Pack", []string{"recycled paper"}, "sorts", "", 3, 24, "organic", "a summer in a box"},
	{"Garden", "Tools", "Trowels", "trowel", "tool", 1400, 3900, 280, "", []string{"stainless steel", "carbon steel"}, "length", "cm", 22, 38, "ash_handle", "soil that has gone hard"},
	{"Garden", "Tools", "Shears", "garden shears", "tool", 2900, 8900, 460, "Size", []string{"carbon steel"}, "length", "mm", 160, 260, "left_handed", "cuts that heal"},
	{"Garden", "Tools", "Gloves", "garden gloves", "cloth", 1200, 3900, 160, "Size", []string{"leather", "cotton"}, "length", "cm", 20, 40, "machine_washable", "roses"},
}

// lines are the names of the product lines; every shelf has one product of
// each it takes. A line has a maker.
var lines = []struct{ name, brand, mood string }{
	{"Harbour", "Brinewright", "plain and built to be used every day"},
	{"Lantern", "Brinewright", "made with an edge that catches the light"},
	{"Ferry", "Cove & Keel", "light, quiet and easy to carry"},
	{"Estuary", "Cove & Keel", "with a glaze of greys that never repeats"},
	{"Meridian", "Northing", "drawn with one line less than usual"},
	{"Solstice", "Northing", "warm to the touch and warm to look at"},
	{"Orchard", "Fennel Row", "with the marks of the hand that made it"},
	{"Hedgerow", "Fennel Row", "rough outside, smooth where it counts"},
	{"Quay", "Saltmarsh Works", "heavy enough to stay where it is put"},
	{"Tidewater", "Saltmarsh Works", "in a colour between green and blue"},
	{"Almanac", "Paper Moon", "a design of 1962, made again"},
}
