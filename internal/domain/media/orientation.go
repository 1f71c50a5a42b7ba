package media

import (
	"encoding/binary"
	"image"
)

// orientation is how a camera was held: the values of the EXIF tag 0x0112
// (CIPA DC-008, 4.6.4). 1 is upright; from 5 on, width and height change places.
type orientation int

const upright orientation = 1

func (o orientation) size(w, h int) (int, int) {
	if o >= 5 {
		return h, w
	}
	return w, h
}

// from is the point of a stored picture of w × h pixels that is shown at x, y.
func (o orientation) from(x, y, w, h int) (int, int) {
	switch o {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, h - 1 - x
	case 7:
		return w - 1 - y, h - 1 - x
	case 8:
		return w - 1 - y, x
	}
	return x, y
}

// apply turns a picture the right way up.
func (o orientation) apply(img *image.NRGBA) *image.NRGBA {
	if o == upright {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	sw, sh := o.size(w, h)
	out := image.NewNRGBA(image.Rect(0, 0, sw, sh))
	for y := range sh {
		for x := range sw {
			fx, fy := o.from(x, y, w, h)
			copy(out.Pix[out.PixOffset(x, y):][:4], img.Pix[img.PixOffset(fx, fy):][:4])
		}
	}
	return out
}

// orientationOf looks for the tag in the segments of a JPEG; what it cannot read
// is upright.
func orientationOf(jpeg []byte) orientation {
	for rest := jpeg[min(2, len(jpeg)):]; len(rest) >= 4 && rest[0] == 0xff && rest[1] != 0xda; {
		size := int(binary.BigEndian.Uint16(rest[2:]))
		if size < 2 || len(rest) < 2+size {
			break
		}
		if body := rest[4 : 2+size]; rest[1] == 0xe1 && len(body) > 6 && string(body[:6]) == "Exif\x00\x00" {
			return tagOf(body[6:])
		}
		rest = rest[2+size:]
	}
	return upright
}

// tagOf reads the orientation of the first directory of a TIFF block.
func tagOf(tiff []byte) orientation {
	if len(tiff) < 8 {
		return upright
	}
	var order binary.ByteOrder = binary.LittleEndian
	if string(tiff[:2]) == "MM" {
		order = binary.BigEndian
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return upright
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			break
		}
		if order.Uint16(entries) == 0x0112 {
			if o := orientation(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
			break
		}
		entries = entries[12:]
	}
	return upright
}
