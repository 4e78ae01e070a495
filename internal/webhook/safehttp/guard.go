package safehttp

import (
	"net/netip"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"
)

// Refused says why a request was not made, in words for the developer who gave
// the address. They tell nothing of what is there.
type Refused string

// The reasons for a refusal.
const (
	RefusedInternal Refused = "The address resolves to an internal network address, which webhooks may not reach."
	RefusedPlain    Refused = "The address must begin with https://; plain http is not allowed there."
	RefusedScheme   Refused = "The address must begin with https://."
	RefusedForm     Refused = "The host is a number in an unusual form; give a host name or an IP address as it is usually written."
)

func (r Refused) Error() string { return string(r) }

// azureHost is the address at which Azure serves its machines (metadata,
// certificates): the one such address of the large clouds that looks public.
var azureHost = netip.MustParsePrefix("168.63.129.16/32")

// guard decides on addresses that are about to be dialled.
type guard struct {
	public *ssrf.Guardian
	allow  []netip.Prefix
	plain  bool // for connections without TLS
}

func newGuard(allow []netip.Prefix, plain bool) *guard {
	public := ssrf.New(ssrf.WithAnyPort(), ssrf.WithDeniedV4Prefixes(azureHost))
	return &guard{public: public, allow: allow, plain: plain}
}

// control is a net.Dialer's Control: it sees each address right before the
// connection is made.
func (g *guard) control(_, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return RefusedInternal
	}
	return g.check(target.Addr())
}

// check judges an IPv4 address in IPv6 clothes by the IPv4 address, and leaves
// zones aside: a netip.Prefix contains no address that has one. Addresses that
// lead on to others (NAT64, 6to4, Teredo) count as internal.
func (g *guard) check(ip netip.Addr) error {
	ip = ip.Unmap().WithZone("")
	for _, network := range g.allow {
		if network.Contains(ip) {
			return nil
		}
	}
	if g.public.SafeAddr(ip) != nil {
		return RefusedInternal
	}
	if g.plain {
		return RefusedPlain
	}
	return nil
}

// oddNumber tells whether host is an IPv4 address in a spelling that some
// resolvers understand and others look up as a name: 2130706433, 127.1,
// 0x7f.0.0.1, 0177.0.0.1 ("ends in a number" in the URL Standard).
func oddNumber(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	last := host[strings.LastIndexByte(host, '.')+1:]
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}

// Public is a net.Dialer's Control that lets public addresses through alone,
// for a client of another make.
func Public(network, address string, conn syscall.RawConn) error {
	return newGuard(nil, false).control(network, address, conn)
}
