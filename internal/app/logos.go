package app

import (
	"bytes"
	"context"
	"image"
	_ "image/jpeg" // formats a logo may come in
	"image/png"
	"sync"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"

	"talkit"
	"talkit/internal/blob"
	"talkit/internal/store"
	"talkit/wire"
)

// Bounds of a logo. What is kept is a PNG of at most logoSide a side.
const (
	MaxLogo     = 2 << 20 // bytes
	maxLogoSide = 4096
	logoSide    = 512
)

// SetLogo gives a plugin its picture: PNG, JPEG or WebP, encoded anew.
func (a *App) SetLogo(ctx context.Context, who talkit.Caller, pluginID int64, picture []byte) (wire.Plugin, error) {
	if _, err := a.ownPlugin(ctx, who, pluginID); err != nil {
		return wire.Plugin{}, err
	}
	logo, err := encodeLogo(picture)
	if err != nil {
		return wire.Plugin{}, err
	}
	key := blob.NewKey()
	if _, err := a.storeLoose(ctx, key, bytes.NewReader(logo)); err != nil {
		return wire.Plugin{}, err
	}
	p, err := a.changePlugin(ctx, who, pluginID, "plugin.logo_set", func(tx *store.Tx, p *talkit.Plugin) (string, error) {
		if err := tx.RemoveLooseBlob(ctx, key); err != nil {
			return "", err
		}
		old := p.LogoKey
		p.LogoKey = key
		return "", a.loosen(ctx, tx, old)
	})
	return a.Wire.Plugin(p), err
}

// decoding lets one picture be decoded at a time: the largest takes 200 MB.
var decoding sync.Mutex

// encodeLogo decodes a stranger's picture, the size it claims first, and
// encodes it anew, so that only pixels are left of it.
func encodeLogo(picture []byte) ([]byte, error) {
	unreadable := talkit.Errorf(talkit.Unsupported, "The logo must be a PNG, JPEG or WebP picture of at most %d pixels a side.", maxLogoSide)
	claimed, _, err := image.DecodeConfig(bytes.NewReader(picture))
	if err != nil || claimed.Width < 1 || claimed.Height < 1 || claimed.Width > maxLogoSide || claimed.Height > maxLogoSide {
		return nil, unreadable.Because(err)
	}
	decoding.Lock()
	defer decoding.Unlock()
	decoded, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, unreadable.Because(err)
	}
	w, h := claimed.Width, claimed.Height
	if longest := max(w, h); longest > logoSide {
		w, h = max(1, w*logoSide/longest), max(1, h*logoSide/longest)
	}
	scaled := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(scaled, scaled.Bounds(), decoded, decoded.Bounds(), draw.Src, nil)
	var out bytes.Buffer
	err = png.Encode(&out, scaled)
	return out.Bytes(), err
}

// Logo opens a picture that we serve; its key is in the address.
func (a *App) Logo(ctx context.Context, key string) (*blob.Blob, error) {
	known, err := a.DB.IsLogo(ctx, key)
	if err == nil && !known {
		err = talkit.Missing("logo")
	}
	if err != nil {
		return nil, err
	}
	return a.Blobs.Open(ctx, key)
}
