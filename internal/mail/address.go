package mail

import (
	"errors"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// server is what TALKIT_SMTP_URL says.
type server struct {
	host           string
	port           int
	tls            bool // from the first byte
	user, password string
	from           mail.Address
	name           string // ours, as we introduce ourselves
}

// parse reads the URL. Its errors repeat nothing of it: it holds a password.
func parse(smtpURL, publicURL string) (s server, err error) {
	u, err := url.Parse(smtpURL)
	if err != nil {
		return s, errors.New("cannot be read as a URL (special characters in a password are written as %XX)")
	}
	if (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Hostname() == "" || (u.Path != "" && u.Path != "/") || u.Fragment != "" {
		return s, errors.New("must look like smtp://user:password@mail.example.com or smtps://…, with nothing behind the host but :port and ?from=ADDRESS")
	}
	s = server{host: u.Hostname(), tls: u.Scheme == "smtps", user: u.User.Username()}
	s.password, _ = u.User.Password()
	if (s.user == "") != (s.password == "") {
		return s, errors.New("must have a user name and a password, or neither")
	}
	if s.port, err = s.portOf(u.Port()); err != nil {
		return s, err
	}
	s.name = introduction(publicURL)
	return s, s.readQuery(u.RawQuery)
}

// portOf is the usual one when none is said: 465 for TLS from the first byte,
// 587 for those who sign in, 25 for the others.
func (s server) portOf(port string) (int, error) {
	switch {
	case port != "":
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return 0, errors.New("has a port that is none")
		}
		return int(n), nil
	case s.tls:
		return 465, nil
	case s.user != "":
		return 587, nil
	}
	return 25, nil
}

func (s *server) readQuery(raw string) error {
	query, err := url.ParseQuery(raw)
	for name := range query {
		if name != "from" {
			err = errors.New("unknown")
		}
	}
	if err != nil {
		return errors.New("knows only ?from=ADDRESS behind the host")
	}
	s.from = mail.Address{Name: "Talkit", Address: "talkit@" + s.name}
	if strings.HasPrefix(s.name, "[IPv6:") { // go-mail knows no such addresses
		s.from.Address = "talkit@localhost"
	}
	if from := query.Get("from"); from != "" {
		address, err := mail.ParseAddress(from)
		if err != nil || hasControl(from) {
			return errors.New(`has a "from" that is no e-mail address (a + in it is written as %2B)`)
		}
		if s.from.Address = address.Address; address.Name != "" {
			s.from.Name = address.Name
		}
	}
	return nil
}

// introduction is our name for EHLO and in the sender's address: the host of the
// public URL, a number in brackets (RFC 5321, section 4.1.3).
func introduction(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil || u.Hostname() == "" {
		return "localhost"
	}
	ip, err := netip.ParseAddr(u.Hostname())
	switch {
	case err != nil:
		return asciiName(u.Hostname())
	case ip.Is4():
		return "[" + ip.String() + "]"
	}
	return "[IPv6:" + ip.WithZone("").String() + "]"
}

// asciiName is a host's name as mail servers of any age take it.
func asciiName(host string) string {
	if name, err := idna.Lookup.ToASCII(host); err == nil {
		return name
	}
	return host
}

// local tells whether the server is on this machine, where nobody listens in.
func (s server) local() bool {
	return slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, s.host)
}

func (s server) address() string { return net.JoinHostPort(s.host, strconv.Itoa(s.port)) }

// recipient checks an address that a letter goes to.
func recipient(to string) error {
	address, err := mail.ParseAddress(to)
	if err != nil || address.Address != to || hasControl(to) {
		return errors.New("the recipient's address is none")
	}
	return nil
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// line makes text fit for a header: one line, whatever it came with.
func line(s string) string {
	space := func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}
	return strings.Join(strings.Fields(strings.Map(space, strings.ToValidUTF8(s, "\ufffd"))), " ")
}
