package demo

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// label makes words of a name: burning_time becomes "Burning time".
func label(name string) string {
	words := strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}

func pictureURL(shape string, hue, view int) string {
	return fmt.Sprintf("/media/demo/%s-%d-%d.svg", shape, hue, view)
}

// shapes are the drawings, on a field of 200 by 200, with {a}, {b} and {c} for
// the main colour, its shade and its light.
var shapes = map[string]string{
	"mug":     `<path d="M58 70h70v62a18 18 0 0 1-18 18H76a18 18 0 0 1-18-18z" fill="{a}"/><path d="M128 84h10a18 18 0 0 1 0 40h-10" fill="none" stroke="{b}" stroke-width="9"/><ellipse cx="93" cy="70" rx="35" ry="9" fill="{b}"/><ellipse cx="93" cy="71" rx="28" ry="6" fill="{c}"/>`,
	"bowl":    `<path d="M40 88h120c0 40-26 62-60 62S40 128 40 88z" fill="{a}"/><ellipse cx="100" cy="88" rx="60" ry="15" fill="{b}"/><ellipse cx="100" cy="90" rx="50" ry="10" fill="{c}"/><path d="M78 150h44v8H78z" fill="{b}"/>`,
	"plate":   `<ellipse cx="100" cy="106" rx="72" ry="46" fill="{b}"/><ellipse cx="100" cy="102" rx="72" ry="46" fill="{a}"/><ellipse cx="100" cy="102" rx="46" ry="28" fill="{c}"/>`,
	"bottle":  `<path d="M86 34h28v30c0 12 20 16 20 40v48a10 10 0 0 1-10 10H76a10 10 0 0 1-10-10v-48c0-24 20-28 20-40z" fill="{a}"/><path d="M84 30h32v14H84z" fill="{b}"/><path d="M76 106v44" stroke="{c}" stroke-width="6" stroke-linecap="round"/>`,
	"pan":     `<rect x="120" y="94" width="66" height="11" rx="5" fill="{b}"/><ellipse cx="80" cy="104" rx="56" ry="34" fill="{b}"/><ellipse cx="80" cy="98" rx="56" ry="34" fill="{a}"/><ellipse cx="80" cy="98" rx="44" ry="25" fill="{c}"/>`,
	"pot":     `<rect x="30" y="90" width="140" height="12" rx="6" fill="{b}"/><path d="M48 84h104v52a22 22 0 0 1-22 22H70a22 22 0 0 1-22-22z" fill="{a}"/><path d="M46 76h108v10H46z" fill="{b}"/><circle cx="100" cy="66" r="9" fill="{b}"/><path d="M62 96v40" stroke="{c}" stroke-width="6" stroke-linecap="round"/>`,
	"knife":   `<path d="M30 112 132 66c10-4 16 4 14 12l-6 22z" fill="{c}"/><path d="M30 112 140 92l-2 8-96 20z" fill="{a}"/><rect x="132" y="84" width="48" height="17" rx="7" fill="{b}" transform="rotate(-12 156 92)"/>`,
	"board":   `<rect x="42" y="56" width="116" height="96" rx="12" fill="{a}"/><rect x="52" y="66" width="96" height="76" rx="8" fill="none" stroke="{b}" stroke-width="4"/><circle cx="100" cy="46" r="12" fill="{a}"/><circle cx="100" cy="46" r="5" fill="{c}"/><path d="M60 90h80M60 112h80" stroke="{b}" stroke-width="2" opacity=".5"/>`,
	"lamp":    `<path d="M70 40h60l22 58H48z" fill="{a}"/><path d="M96 98h8v48h-8z" fill="{b}"/><ellipse cx="100" cy="152" rx="34" ry="9" fill="{b}"/><ellipse cx="100" cy="98" rx="52" ry="8" fill="{c}"/>`,
	"lantern": `<path d="M72 60h56v84H72z" fill="{c}"/><path d="M66 52h68v12H66zM66 142h68v12H66z" fill="{a}"/><path d="M72 64v78M100 64v78M128 64v78" stroke="{b}" stroke-width="5"/><path d="M80 52a20 20 0 0 1 40 0" fill="none" stroke="{b}" stroke-width="5"/><path d="M100 96c9 12 9 22 0 28-9-6-9-16 0-28z" fill="{a}"/>`,
	"candle":  `<rect x="76" y="76" width="48" height="78" rx="6" fill="{a}"/><ellipse cx="100" cy="76" rx="24" ry="7" fill="{c}"/><path d="M100 74V60" stroke="{b}" stroke-width="4"/><path d="M100 32c12 14 10 26 0 30-10-4-12-16 0-30z" fill="{b}"/>`,
	"cloth":   `<path d="M44 62q56-18 112 0v80q-56 18-112 0z" fill="{a}"/><path d="M44 84q56-18 112 0M44 106q56-18 112 0M44 128q56-18 112 0" fill="none" stroke="{c}" stroke-width="6"/><path d="M44 142v14M66 148v14M88 151v14M112 151v14M134 148v14M156 142v14" stroke="{b}" stroke-width="4"/>`,
	"vase":    `<path d="M84 78c2 14-26 24-26 50 0 20 16 30 42 30s42-10 42-30c0-26-28-36-26-50z" fill="{a}"/><ellipse cx="100" cy="78" rx="17" ry="5" fill="{b}"/><path d="M100 76C98 56 90 44 78 36M102 76c2-24 10-34 22-42" stroke="{b}" stroke-width="4" fill="none"/><circle cx="76" cy="34" r="9" fill="{c}"/><circle cx="126" cy="32" r="9" fill="{c}"/>`,
	"clock":   `<circle cx="100" cy="100" r="60" fill="{b}"/><circle cx="100" cy="100" r="52" fill="{c}"/><path d="M100 100V64M100 100l26 14" stroke="{a}" stroke-width="6" stroke-linecap="round"/><path d="M100 52v8M100 140v8M52 100h8M140 100h8" stroke="{b}" stroke-width="4"/>`,
	"frame":   `<rect x="46" y="40" width="108" height="122" fill="{b}"/><rect x="56" y="50" width="88" height="102" fill="{c}"/><path d="M56 130l30-34 22 22 14-14 22 26v22H56z" fill="{a}"/><circle cx="122" cy="76" r="10" fill="{a}"/>`,
	"bag":     `<path d="M76 66c0-36 48-36 48 0" fill="none" stroke="{b}" stroke-width="8"/><rect x="48" y="64" width="104" height="92" rx="20" fill="{a}"/><rect x="62" y="104" width="76" height="38" rx="8" fill="{b}"/><path d="M62 84h76" stroke="{c}" stroke-width="5"/>`,
	"book":    `<path d="M54 46h84a8 8 0 0 1 8 8v96H62a8 8 0 0 1-8-8z" fill="{a}"/><path d="M54 142a8 8 0 0 1 8-8h84v16H62a8 8 0 0 1-8-8z" fill="{c}"/><path d="M72 46v88" stroke="{b}" stroke-width="5"/><path d="M88 74h42M88 88h30" stroke="{c}" stroke-width="5"/>`,
	"plant":   `<path d="M66 106h68l-9 50H75z" fill="{a}"/><path d="M62 98h76v12H62z" fill="{b}"/><path d="M100 98C92 66 72 62 58 60c2 22 16 36 42 38zM100 98c4-36 22-48 44-50 0 26-14 46-44 50zM100 98c-8-26-4-46 4-58 12 18 10 40-4 58z" fill="{c}"/>`,
	"can":     `<path d="M62 82h64v70H62z" fill="{a}"/><path d="M126 104l40-36 8 8-48 52z" fill="{b}"/><path d="M66 82c0-40 60-40 56 0" fill="none" stroke="{b}" stroke-width="7"/><ellipse cx="94" cy="82" rx="32" ry="7" fill="{c}"/>`,
	"tool":    `<path d="M92 92h16v58a8 8 0 0 1-16 0z" fill="{b}"/><path d="M78 48c6-18 38-18 44 0 6 20-6 40-22 46-16-6-28-26-22-46z" fill="{a}"/><path d="M100 48v36" stroke="{c}" stroke-width="5" stroke-linecap="round"/>`,
}

// Media serves the pictures under /media/demo/: SHAPE-HUE-VIEW.svg.
func Media() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		svg, ok := picture(strings.TrimPrefix(r.URL.Path, "/media/demo/"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "image/svg+xml")
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		_, _ = w.Write([]byte(svg))
	})
}

// picture draws the picture of that name.
func picture(name string) (string, bool) {
	parts := strings.Split(strings.TrimSuffix(name, ".svg"), "-")
	if len(parts) != 3 || !strings.HasSuffix(name, ".svg") {
		return "", false
	}
	shape, ok := shapes[parts[0]]
	hue, err1 := strconv.Atoi(parts[1])
	view, err2 := strconv.Atoi(parts[2])
	if !ok || err1 != nil || err2 != nil || hue < 0 || hue > 359 || view < 0 || view > 1 {
		return "", false
	}
	drawing := strings.NewReplacer("{a}", fmt.Sprintf("hsl(%d 38%% 52%%)", hue), "{b}", fmt.Sprintf("hsl(%d 42%% 32%%)", hue), "{c}", fmt.Sprintf("hsl(%d 55%% 80%%)", hue)).Replace(shape)
	box := "0 0 200 200"
	if view == 1 {
		box = "45 40 110 110"
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="%s" width="800" height="800"><rect width="200" height="200" fill="hsl(%d 30%% 94%%)"/>`+
		`<ellipse cx="100" cy="164" rx="62" ry="8" fill="hsl(%d 20%% 84%%)"/>%s</svg>`, box, (hue+40)%360, (hue+40)%360, drawing), true
}
