package app

import (
	"context"
	"slices"
	"time"

	"talkit"
	"talkit/internal/auth"
)

// Scheme is a way to show who one is, named as in the OpenAPI document.
type Scheme string

// The schemes. All are bearer credentials.
const (
	DeveloperKey    Scheme = "developer_key"
	InstallationJWT Scheme = "plugin_installation_jwt"
	UserKey         Scheme = "user_key"
)

var keySchemes = map[talkit.KeyKind]Scheme{talkit.DeveloperKey: DeveloperKey, talkit.UserKey: UserKey}

// Authenticate makes a Caller of a bearer credential of one of the accepted
// schemes; from is the network address. Everything is read anew each time, so
// what is revoked or disabled is out at once.
func (a *App) Authenticate(ctx context.Context, credential string, accepted []Scheme, from string) (talkit.Caller, error) {
	if kind, ok := auth.KindOfKey(credential); ok && slices.Contains(accepted, keySchemes[kind]) {
		return a.keyCaller(ctx, kind, credential, from)
	}
	if slices.Contains(accepted, InstallationJWT) {
		return a.installationCaller(ctx, credential, from)
	}
	return talkit.Caller{}, refused(accepted)
}

func refused(accepted []Scheme) error {
	words := map[Scheme]string{DeveloperKey: "a developer key", UserKey: "a user key", InstallationJWT: "an installation token of a plugin"}
	text := words[accepted[0]]
	for _, scheme := range accepted[1:] {
		text += " or " + words[scheme]
	}
	return talkit.Errorf(talkit.Unauthenticated, "The credential was not accepted. Send Authorization: Bearer with %s that was not revoked.", text)
}

func (a *App) keyCaller(ctx context.Context, kind talkit.KeyKind, value, from string) (talkit.Caller, error) {
	bearer, err := a.DB.BearerByHash(ctx, kind, auth.HashKey(value))
	unfit := bearer.User.Disabled || (kind == talkit.DeveloperKey && !bearer.User.Developer)
	if talkit.IsNotFound(err) || (err == nil && unfit) {
		return talkit.Caller{}, refused([]Scheme{keySchemes[kind]})
	}
	if err != nil {
		return talkit.Caller{}, err
	}
	caller := talkit.Caller{Kind: talkit.CallerUser, UserID: bearer.User.ID, Person: bearer.User, KeyID: bearer.Key.ID, From: from}
	if kind == talkit.DeveloperKey {
		caller.Kind = talkit.CallerDeveloper
	}
	return caller, nil
}

// installationCaller refuses an unknown installation only after the same work
// as a wrong signature.
func (a *App) installationCaller(ctx context.Context, token, from string) (talkit.Caller, error) {
	parsed, err := auth.ParseToken(token)
	if err != nil {
		return talkit.Caller{}, err
	}
	bearer, err := a.DB.InstallationByUUID(ctx, parsed.InstallationUUID)
	if err != nil && !talkit.IsNotFound(err) {
		return talkit.Caller{}, err
	}
	keys, err := a.secretValues(ctx, bearer.PluginID)
	if err != nil {
		return talkit.Caller{}, err
	}
	off := bearer.Disabled || bearer.PluginDisabled || bearer.User.Disabled || bearer.DeveloperDisabled
	if bearer.ID == 0 || off {
		keys = nil
	}
	if err := parsed.Verify(keys, time.Now()); err != nil {
		return talkit.Caller{}, err
	}
	return talkit.Caller{Kind: talkit.CallerInstallation, UserID: bearer.UserID, Person: bearer.User, From: from, Installation: &bearer.Installation}, nil
}

// secretValues opens the living secret keys of a plugin.
func (a *App) secretValues(ctx context.Context, pluginID int64) ([][]byte, error) {
	keys, err := a.DB.LivingSecretKeys(ctx, pluginID)
	if err != nil {
		return nil, err
	}
	values := make([][]byte, len(keys))
	for i, k := range keys {
		if values[i], err = a.Sealer.Open(secretKeyPurpose, secretKeyPlace(k.ID), k.Sealed); err != nil {
			return nil, err
		}
	}
	return values, nil
}
