package auth

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

const (
	firstKey  = "first-key-0123456789-0123456789-0123456789"
	secondKey = "second-key-0123456789-0123456789-012345678"
)

func newSealer(t *testing.T, keys string) *Sealer {
	t.Helper()
	sealer, err := NewSealer(keys)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

func TestSealOpens(t *testing.T) {
	t.Parallel()
	sealer := newSealer(t, firstKey)
	for _, plaintext := range [][]byte{{}, []byte("tk_secret_x"), bytes.Repeat([]byte{0}, 1<<16)} {
		sealed := sealer.Seal("secret_key", "secret_keys/sealed/7", plaintext)
		opened, err := newSealer(t, firstKey).Open("secret_key", "secret_keys/sealed/7", sealed)
		if err != nil || !bytes.Equal(opened, plaintext) {
			t.Errorf("opened %d bytes as %d, %v", len(plaintext), len(opened), err)
		}
		if len(plaintext) > 0 && bytes.Contains(sealed, plaintext) {
			t.Error("the sealed form holds the plaintext")
		}
	}
	if a, b := sealer.Seal("p", "a", nil), sealer.Seal("p", "a", nil); bytes.Equal(a, b) {
		t.Error("two seals of one value are equal: the nonce is not random")
	}
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	sealer := newSealer(t, firstKey)
	sealed := sealer.Seal("secret_key", "secret_keys/sealed/7", []byte("value"))
	for name, c := range map[string]struct {
		sealer       *Sealer
		purpose, aad string
		sealed       []byte
		want         error
	}{
		"moved row":       {sealer, "secret_key", "secret_keys/sealed/8", sealed, ErrDamaged},
		"other purpose":   {sealer, "webhook", "secret_keys/sealed/7", sealed, ErrDamaged},
		"wrong key":       {newSealer(t, secondKey), "secret_key", "secret_keys/sealed/7", sealed, ErrUnknownKey},
		"empty":           {sealer, "secret_key", "secret_keys/sealed/7", nil, ErrDamaged},
		"prefix alone":    {sealer, "secret_key", "secret_keys/sealed/7", sealed[:SealPrefixSize], ErrDamaged},
		"cut":             {sealer, "secret_key", "secret_keys/sealed/7", sealed[:len(sealed)-1], ErrDamaged},
		"longer":          {sealer, "secret_key", "secret_keys/sealed/7", append(slices.Clone(sealed), 0), ErrDamaged},
		"unknown version": {sealer, "secret_key", "secret_keys/sealed/7", append([]byte{2}, sealed[1:]...), ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := c.sealer.Open(c.purpose, c.aad, c.sealed); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestSealRefusesEveryChangedBit(t *testing.T) {
	t.Parallel()
	sealer := newSealer(t, firstKey)
	sealed := sealer.Seal("p", "a", []byte("value"))
	for bit := range len(sealed) * 8 {
		changed := slices.Clone(sealed)
		changed[bit/8] ^= 1 << (bit % 8)
		if _, err := sealer.Open("p", "a", changed); err == nil {
			t.Errorf("opened with bit %d changed", bit)
		}
	}
}

func TestSealRotates(t *testing.T) {
	t.Parallel()
	before, after := newSealer(t, firstKey), newSealer(t, secondKey+" , "+firstKey+"\n")
	old := before.Seal("p", "a", []byte("value"))
	if opened, err := after.Open("p", "a", old); err != nil || string(opened) != "value" {
		t.Fatalf("the older key does not open: %q, %v", opened, err)
	}
	if bytes.HasPrefix(old, after.CurrentPrefix()) {
		t.Error("what the older key sealed looks current")
	}
	fresh := after.Seal("p", "a", []byte("value"))
	if !bytes.HasPrefix(fresh, after.CurrentPrefix()) || len(after.CurrentPrefix()) != SealPrefixSize {
		t.Error("what the first key sealed does not look current")
	}
	id, err := KeyID(old)
	if err != nil || !bytes.Equal(id, before.CurrentKeyID()) || !after.Knows(id) {
		t.Errorf("key id of the older key: %x, %v", id, err)
	}
	if before.Knows(after.CurrentKeyID()) {
		t.Error("a sealer knows a key it was not given")
	}
}

func TestNewSealerRefuses(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string]string{
		"empty":          "",
		"short":          strings.Repeat("k", MinSecretKey-1),
		"second short":   firstKey + ",short",
		"trailing comma": firstKey + ",",
		"twice":          firstKey + "," + firstKey,
	} {
		_, err := NewSealer(keys)
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "kkkk") || strings.Contains(err.Error(), firstKey) {
			t.Errorf("%s: the error repeats the key: %v", name, err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	sealer, err := NewSealer(firstKey)
	if err != nil {
		b.Fatal(err)
	}
	sealed := sealer.Seal("secret_key", "secret_keys/sealed/7", make([]byte, 62))
	for b.Loop() {
		if _, err := sealer.Open("secret_key", "secret_keys/sealed/7", sealed); err != nil {
			b.Fatal(err)
		}
	}
}
