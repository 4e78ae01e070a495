package door

import (
	"net/http"
	"strings"
	"time"
)

// SessionCookie is the name of the cookie that a signed-in browser sends. With
// the prefix that https allows, no other host and no plain http can set it
// (RFC 6265bis, section 4.1.3.2).
func SessionCookie(publicURL string) string {
	if strings.HasPrefix(publicURL, "https://") {
		return "__Host-talkit"
	}
	return "talkit"
}

// Session is the value of the cookie, "" for none.
func Session(r *http.Request, publicURL string) string {
	cookie, err := r.Cookie(SessionCookie(publicURL))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// SetSession gives the browser its cookie; an empty value takes it away.
func SetSession(w http.ResponseWriter, publicURL, value string, life time.Duration) {
	cookie := &http.Cookie{Name: SessionCookie(publicURL), Value: value, Path: "/", MaxAge: int(life.Seconds()),
		Secure: strings.HasPrefix(publicURL, "https://"), HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if value == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}
