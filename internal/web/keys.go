package web

import "talkit"

// keyPages are where a person sees their keys of a kind.
type keyPages struct {
	Kind talkit.KeyKind
	Home string // the list
	Nav  string
}

var (
	userKeyPages      = keyPages{talkit.UserKey, "/app/settings/access", "settings"}
	developerKeyPages = keyPages{talkit.DeveloperKey, "/developers/keys", "keys"}
)

// key reads the person's own key that the address names.
func (k keyPages) key(v *visit) (talkit.Key, error) {
	id, err := v.id("key")
	if err != nil {
		return talkit.Key{}, err
	}
	keys, err := v.App.MyKeys(v.r.Context(), v.who, k.Kind)
	for _, key := range keys {
		if key.ID == id {
			return key, nil
		}
	}
	if err == nil {
		err = talkit.Missing("key")
	}
	return talkit.Key{}, err
}

func (k keyPages) askRevoke(v *visit) error {
	key, err := k.key(v)
	if err != nil {
		return err
	}
	return v.ask("Revoke the key “"+key.Name+"”?", k.Nav, question{"What uses it is refused at once. Nothing that it sent is lost.", "Revoke it", k.Home})
}

func (k keyPages) revoke(v *visit) error {
	key, err := k.key(v)
	if err != nil {
		return err
	}
	if err := v.App.RevokeMyKey(v.r.Context(), v.who, key.ID); err != nil {
		return err
	}
	return v.to(k.Home, "revoked")
}
