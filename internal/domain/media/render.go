package media

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"tradewind/internal/platform/fault"
)

// quality of JPEGs, where more cannot be seen in a shop.
const quality = 82

// Rendered is one width of a picture, encoded.
type Rendered struct {
	Width, Height int
	Data          []byte
}

// Renditions is what pages show of a picture: its widths, the largest last.
type Renditions struct {
	Type   Type
	Widths []Rendered
}

var decoders = map[string]struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}{
	"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode},
	"image/png":  {png.DecodeConfig, png.Decode},
	"image/gif":  {gif.DecodeConfig, gif.Decode}, // of an animation, its first picture
	"image/webp": {webp.DecodeConfig, webp.Decode},
}

// Render makes the renditions of a picture. They hold its pixels the right way
// up and nothing else of it: no place where it was taken, nothing that stood
// behind it. maxPixels bounds what is decoded, by what the picture says of
// itself; decoding takes up to sixteen bytes a pixel. Errors have the codes
// "media-too-large" and "media-damaged".
func Render(t Type, data []byte, maxPixels int) (Renditions, error) {
	d, ok := decoders[t.Name]
	if !ok {
		return Renditions{}, fmt.Errorf("%s is not a picture", t.Name)
	}
	c, err := d.config(bytes.NewReader(data))
	if err != nil {
		return Renditions{}, Damaged(err)
	}
	if c.Width < 1 || c.Height < 1 {
		return Renditions{}, Damaged(errors.New("no pixels"))
	}
	if c.Width > maxPixels/c.Height {
		return Renditions{}, fault.New(fault.TooLarge, "media-too-large", "The picture has %d × %d pixels; at most %d million are possible.", c.Width, c.Height, maxPixels/1_000_000)
	}
	source, err := decode(d.decode, data)
	if err != nil {
		return Renditions{}, Damaged(err)
	}
	turn := upright
	if t.Name == "image/jpeg" {
		turn = orientationOf(data)
	}
	out := Renditions{Type: Type{Image, "image/jpeg", "jpg"}}
	if o, ok := source.(interface{ Opaque() bool }); ok && !o.Opaque() {
		out.Type = Type{Image, "image/png", "png"}
	}
	// Of an animation, the first picture may be smaller than the whole.
	width, height := turn.size(source.Bounds().Dx(), source.Bounds().Dy())
	if width < 1 || height < 1 {
		return Renditions{}, Damaged(errors.New("no pixels"))
	}
	widths := WidthsOf(width)
	out.Widths = make([]Rendered, len(widths))
	for i := len(widths) - 1; i >= 0; i-- { // each from the one above it: the large one is read once
		w := widths[i]
		h := max(1, (height*w+width/2)/width)
		sw, sh := turn.size(w, h)
		small := image.NewNRGBA(image.Rect(0, 0, sw, sh))
		draw.CatmullRom.Scale(small, small.Bounds(), source, source.Bounds(), draw.Src, nil)
		data, err := encode(out.Type, turn.apply(small))
		if err != nil {
			return Renditions{}, err
		}
		out.Widths[i], source = Rendered{w, h, data}, small
	}
	return out, nil
}

// decode reads a picture; a decoder that panics has met a damaged one.
func decode(with func(io.Reader) (image.Image, error), data []byte) (img image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the decoder gave up: %v", p)
		}
	}()
	return with(bytes.NewReader(data))
}

func encode(t Type, img *image.NRGBA) ([]byte, error) {
	var buf bytes.Buffer
	if t.Ext == "png" {
		err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&buf, img)
		return buf.Bytes(), err
	}
	flat := image.NewRGBA(img.Bounds())
	draw.Draw(flat, flat.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(flat, flat.Bounds(), img, image.Point{}, draw.Over)
	err := jpeg.Encode(&buf, flat, &jpeg.Options{Quality: quality})
	return buf.Bytes(), err
}
