package mail

import (
	"encoding/base64"
	"errors"
	"net"
	"net/textproto"
	"regexp"
	"strings"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"talkit"
)

// away is an error of ours to reach the server, or to be let in.
func (m *Mailer) away(err error) error {
	if err == nil {
		return nil
	}
	return talkit.Errorf(talkit.Unavailable, "The mail server %s does not take letters from us: %s%s", m.server.address(), m.clean(err, ""), m.advice(err))
}

// refused is an error about one letter.
func (m *Mailer) refused(err error, to string) error {
	sent, ok := errors.AsType[*gomail.SendError](err)
	if ok && !sent.IsTemp() && sent.ErrorCode() >= 500 {
		return talkit.Errorf(talkit.Invalid, "The mail server %s refused the letter: %s", m.server.address(), m.clean(err, to))
	}
	return talkit.Errorf(talkit.Unavailable, "The mail server %s did not take the letter: %s", m.server.address(), m.clean(err, to))
}

// advice says what to do, where that can be told.
func (m *Mailer) advice(err error) string {
	var answer *textproto.Error
	var timeout net.Error
	words := err.Error()
	switch {
	case errors.As(err, &answer) && (answer.Code == 535 || answer.Code == 534):
		return ". Check user name and password in TALKIT_SMTP_URL; many providers want one made for programs"
	case strings.Contains(words, "STARTTLS"):
		return ". It offers no encryption, and a password is not sent without: try smtps://"
	case strings.Contains(words, "first record does not look like a TLS handshake"):
		return ". Nothing answers by TLS there: try smtp:// instead of smtps://"
	case strings.Contains(words, "certificate"):
		return ". If it is from an authority of your own, name that in SSL_CERT_FILE"
	case errors.As(err, &timeout):
		return ". Check host and port in TALKIT_SMTP_URL, and that no firewall is between"
	}
	return ""
}

var (
	links    = regexp.MustCompile(`(?i)\bhttps?://\S+`)
	maxReply = 300
)

// clean is what an error says, fit for a log: servers may answer with what was
// sent to them, the password or a link that works once.
func (m *Mailer) clean(err error, to string) string {
	words := strings.ToValidUTF8(err.Error(), "")
	for _, secret := range m.secrets() {
		words = strings.ReplaceAll(words, secret, "(hidden)")
	}
	words = links.ReplaceAllString(words, "(a link)")
	if to != "" {
		words = strings.ReplaceAll(words, to, "(the recipient)")
	}
	words, _, _ = strings.Cut(words, ", affected recipient(s)")
	words = strings.Join(strings.FieldsFunc(words, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if runes := []rune(words); len(runes) > maxReply {
		words = string(runes[:maxReply]) + "…"
	}
	return words
}

// secrets are the password and the forms in which it goes over the line.
func (m *Mailer) secrets() []string {
	s := m.server
	if s.password == "" {
		return nil
	}
	encode := base64.StdEncoding.EncodeToString
	return []string{encode([]byte("\x00" + s.user + "\x00" + s.password)), encode([]byte(s.password)), s.password}
}
