package wire

import "talkit"

// User is a person as plugins see them.
type User struct {
	ID        int64  `json:"id"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
}

// User shows u.
func (Maker) User(u talkit.User) User {
	return User{ID: u.ID, FirstName: u.FirstName, LastName: u.LastName}
}

// CRMIntegration is a customer system under which a person files notes.
type CRMIntegration struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	LogoURI string `json:"logo_uri"`
}

// CRMIntegration shows c.
func (m Maker) CRMIntegration(c talkit.CRMIntegration) CRMIntegration {
	return CRMIntegration{ID: c.ID, Name: c.Name, LogoURI: m.logo(c.LogoKey)}
}
