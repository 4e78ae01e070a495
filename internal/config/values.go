package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

const hidden = "(hidden)"

// Secret prints itself hidden, whatever prints it. string(s) is its value.
type Secret string

// String implements fmt.Stringer.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return strconv.Quote(s.String()) }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText implements encoding.TextMarshaler, so that JSON hides it too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// SecretURL is a URL that may hold a password, which it hides when printed.
// string(s) is its value.
type SecretURL string

// secretName finds the query parameters that hold secrets: lib/pq's and
// libpq's password and sslpassword, and what people put there by mistake.
var secretName = regexp.MustCompile(`(?i)pass|secret|key|token|credential|auth|signature`)

// String implements fmt.Stringer.
func (s SecretURL) String() string {
	if s == "" {
		return ""
	}
	u, err := url.Parse(string(s))
	if err != nil || u.Opaque != "" {
		return hidden
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return hidden
	}
	shown := u.Redacted() // the password as xxxxx
	if u.RawQuery != "" {
		shown, _, _ = strings.Cut(shown, "?")
		shown += "?" + showQuery(query)
	}
	return shown
}

func showQuery(query url.Values) string {
	for name, values := range query {
		for i, value := range values {
			if secretName.MatchString(name) {
				values[i] = "xxxxx"
			} else if strings.Contains(value, "@") { // an endpoint with a password of its own
				values[i] = SecretURL(value).String()
			}
		}
	}
	return query.Encode()
}

// GoString implements fmt.GoStringer.
func (s SecretURL) GoString() string { return strconv.Quote(s.String()) }

// LogValue implements slog.LogValuer.
func (s SecretURL) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText implements encoding.TextMarshaler, so that JSON hides it too.
func (s SecretURL) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Size is a number of bytes, written with a unit: 500MB, 2GiB, 1048576.
type Size int64

var sizeUnits = map[string]Size{
	"": 1, "b": 1,
	"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
	"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}

var sizeForm = regexp.MustCompile(`^([0-9]+) ?([A-Za-z]*)$`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Size) UnmarshalText(text []byte) error {
	fault := errors.New("must be a number of bytes with a unit, like 500MB or 2GiB")
	parts := sizeForm.FindStringSubmatch(strings.TrimSpace(string(text)))
	if parts == nil {
		return fault
	}
	unit, ok := sizeUnits[strings.ToLower(parts[2])]
	n, err := strconv.ParseInt(parts[1], 10, 64)
	if !ok || err != nil || n < 1 || n > int64(1<<62/unit) {
		return fault
	}
	*s = Size(n) * unit
	return nil
}

// String writes the size in the largest unit that it is a whole number of.
func (s Size) String() string {
	best, name := Size(1), "B"
	for _, unit := range []string{"kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"} {
		if size := sizeUnits[strings.ToLower(unit)]; s%size == 0 && size > best {
			best, name = size, unit
		}
	}
	return fmt.Sprintf("%d%s", int64(s/best), name)
}

// Networks is a list of CIDRs; an address alone is a network of one.
type Networks []netip.Prefix

// UnmarshalText implements encoding.TextUnmarshaler: CIDRs with commas between.
func (n *Networks) UnmarshalText(text []byte) error {
	*n = nil
	for part := range strings.SplitSeq(string(text), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		network, err := parseNetwork(part)
		if err != nil {
			return err
		}
		*n = append(*n, network)
	}
	return nil
}

func parseNetwork(s string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(s); err == nil && address.Zone() == "" {
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	network, err := netip.ParsePrefix(s)
	if err != nil || network.Addr().Is4In6() {
		return network, fmt.Errorf("%q is no network; write them like 10.0.0.0/8 or fd00::/8, with commas between", s)
	}
	return network.Masked(), nil
}

// Contains tells whether an address is in one of the networks.
func (n Networks) Contains(address netip.Addr) bool {
	for _, network := range n {
		if network.Contains(address.Unmap().WithZone("")) {
			return true
		}
	}
	return false
}

// String implements fmt.Stringer.
func (n Networks) String() string {
	parts := make([]string, len(n))
	for i, network := range n {
		parts[i] = network.String()
	}
	return strings.Join(parts, ",")
}

// Count is how many of something.
type Count int

// String implements fmt.Stringer.
func (n Count) String() string { return strconv.Itoa(int(n)) }
