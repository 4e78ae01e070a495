package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// A sealed form is one byte of version, the id of the key, then the nonce,
// ciphertext and tag of AES-256-GCM.
const (
	sealVersion = 1
	keyIDSize   = 8

	// SealPrefixSize is how many bytes of a sealed form tell its version and key.
	SealPrefixSize = 1 + keyIDSize
)

// MinSecretKey is how many characters a sealing key has at least.
const MinSecretKey = 32

var (
	// ErrUnknownKey says that none of the sealer's keys sealed this.
	ErrUnknownKey = errors.New("sealed with a key that is not among those in TALKIT_SECRET_KEY or secret.key")

	// ErrDamaged says that a sealed form was changed, cut, or taken from the
	// row or the purpose it was sealed for.
	ErrDamaged = errors.New("sealed value is damaged or belongs elsewhere")
)

// Sealer encrypts secrets for the database. Its first key seals, all of them
// open. It may be used by many goroutines at once.
type Sealer struct{ keys []*sealKey }

// NewSealer takes the value of TALKIT_SECRET_KEY: one or more keys separated
// by commas. A key is any string of MinSecretKey characters or more, used as it
// stands: "openssl rand -base64 32" makes a good one. Nothing is decoded, so
// that there is one way to read a key only.
func NewSealer(keys string) (*Sealer, error) {
	s := &Sealer{}
	for n, value := range strings.Split(keys, ",") {
		value = strings.TrimSpace(value)
		if len(value) < MinSecretKey {
			return nil, fmt.Errorf("sealing key %d has %d characters and needs at least %d; \"openssl rand -base64 32\" makes one",
				n+1, len(value), MinSecretKey)
		}
		key := newSealKey(value)
		if s.Knows(key.id[:]) {
			return nil, fmt.Errorf("sealing key %d is there twice", n+1)
		}
		s.keys = append(s.keys, key)
	}
	return s, nil
}

// Seal encrypts plaintext with the first key. The purpose chooses a key of its
// own ("secret_key", "webhook"); aad says where the value is kept, as
// "table/column/id": in another place it does not open.
func (s *Sealer) Seal(purpose, aad string, plaintext []byte) []byte {
	key := s.keys[0]
	return key.aead(purpose).Seal(s.CurrentPrefix(), nil, plaintext, []byte(aad))
}

// Open decrypts what Seal made for the same purpose and aad. The error is
// ErrUnknownKey or ErrDamaged.
func (s *Sealer) Open(purpose, aad string, sealed []byte) ([]byte, error) {
	id, err := KeyID(sealed)
	if err != nil {
		return nil, err
	}
	key := s.find(id)
	if key == nil {
		return nil, ErrUnknownKey
	}
	plaintext, err := key.aead(purpose).Open(nil, nil, sealed[SealPrefixSize:], []byte(aad))
	if err != nil {
		return nil, ErrDamaged
	}
	return plaintext, nil
}

// Knows tells whether the key with this id is one of the sealer's.
func (s *Sealer) Knows(id []byte) bool { return s.find(id) != nil }

func (s *Sealer) find(id []byte) *sealKey {
	i := slices.IndexFunc(s.keys, func(k *sealKey) bool { return string(k.id[:]) == string(id) })
	if i < 0 {
		return nil
	}
	return s.keys[i]
}

// CurrentKeyID is the id of the key that seals.
func (s *Sealer) CurrentKeyID() []byte { return slices.Clone(s.keys[0].id[:]) }

// CurrentPrefix is how everything begins that Seal makes now, SealPrefixSize
// bytes. A row whose value begins otherwise is to be sealed again.
func (s *Sealer) CurrentPrefix() []byte {
	return append([]byte{sealVersion}, s.keys[0].id[:]...)
}

// KeyID reads which key sealed. The error is ErrDamaged.
func KeyID(sealed []byte) ([]byte, error) {
	if len(sealed) < SealPrefixSize || sealed[0] != sealVersion {
		return nil, ErrDamaged
	}
	return sealed[1:SealPrefixSize], nil
}

// KeyIDString writes an id for people, as logs and "talkit doctor" show it.
func KeyIDString(id []byte) string { return hex.EncodeToString(id) }

// sealKey is one key with the ciphers derived from it so far. Purposes are a
// few constants of the program, so the map stays small.
type sealKey struct {
	id    [keyIDSize]byte
	root  []byte
	aeads sync.Map // purpose → cipher.AEAD
}

func newSealKey(value string) *sealKey {
	root, err := hkdf.Extract(sha256.New, []byte(value), []byte("talkit sealing v1"))
	must(err)
	key := &sealKey{root: root}
	copy(key.id[:], key.derive("key id", keyIDSize))
	return key
}

func (k *sealKey) derive(info string, size int) []byte {
	derived, err := hkdf.Expand(sha256.New, k.root, info, size)
	must(err)
	return derived
}

func (k *sealKey) aead(purpose string) cipher.AEAD {
	if aead, ok := k.aeads.Load(purpose); ok {
		return aead.(cipher.AEAD)
	}
	block, err := aes.NewCipher(k.derive("purpose "+purpose, 32))
	must(err)
	aead, err := cipher.NewGCMWithRandomNonce(block)
	must(err)
	k.aeads.Store(purpose, aead)
	return aead
}

// must is for what fails only by a mistake in this file: sizes are constants.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
