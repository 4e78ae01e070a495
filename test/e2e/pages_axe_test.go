package e2e_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"talkit"
	"talkit/internal/web"
)

// examples are addresses of each page there is, in its states. What stands in <>
// is a thing of pageThings.
var examples = map[string][]string{
	"GET /app/offline":      {"/app/offline"},
	"GET /app":              {"/app", "/app?q=note", "/app?q=nothing+like+it", "/app?type=letter", "/app/nothing"},
	"GET /app/sign-in":      {"/app/sign-in"},
	"GET /app/forgot":       {"/app/forgot"},
	"GET /app/link/{value}": {"/app/link/<link>", "/app/link/nothing"},

	"GET /app/notes/{id}": {"/app/notes/<released>", "/app/notes/<draft>", "/app/notes/<empty>", "/app/notes/<failed>", "/app/notes/<waiting>",
		"/app/notes/<held>", "/app/notes/<running>", "/app/notes/<withdrawn>", "/app/notes/<apart>", "/app/notes/<renewing>"},
	"GET /app/notes/{id}/edit":       {"/app/notes/<released>/edit", "/app/notes/<apart>/edit"},
	"GET /app/notes/{id}/details":    {"/app/notes/<released>/details"},
	"GET /app/notes/{id}/versions":   {"/app/notes/<released>/versions", "/app/notes/<released>/versions?from=1&to=2"},
	"GET /app/notes/{id}/delete":     {"/app/notes/<released>/delete"},
	"GET /app/notes/{id}/transcribe": {"/app/notes/<released>/transcribe", "/app/notes/<waiting>/transcribe"},

	"GET /app/plugins":                    {"/app/plugins", "/app/plugins?q=nothing+like+it"},
	"GET /app/plugins/{id}":               {"/app/plugins/<plugin>", "/app/plugins/<offered>"},
	"GET /app/plugins/{id}/uninstall":     {"/app/plugins/<plugin>/uninstall"},
	"GET /app/install/{id}":               {"/app/install/<plugin>?state=x", "/app/install/<offered>"},
	"GET /app/settings":                   {"/app/settings"},
	"GET /app/settings/words":             {"/app/settings/words"},
	"GET /app/settings/access":            {"/app/settings/access"},
	"GET /app/settings/keys/{key}/revoke": {"/app/settings/keys/<key>/revoke"},
	"GET /app/settings/data":              {"/app/settings/data"},
	"GET /app/settings/delete":            {"/app/settings/delete"},

	"GET /developers":                                                       {"/developers"},
	"GET /developers/plugins/new":                                           {"/developers/plugins/new"},
	"GET /developers/plugins/{id}":                                          {"/developers/plugins/<plugin>", "/developers/plugins/<offered>"},
	"GET /developers/plugins/{id}/edit":                                     {"/developers/plugins/<plugin>/edit"},
	"GET /developers/plugins/{id}/delete":                                   {"/developers/plugins/<plugin>/delete"},
	"GET /developers/plugins/{id}/keys/{key}/revoke":                        {"/developers/plugins/<plugin>/keys/1/revoke"},
	"GET /developers/plugins/{id}/installations":                            {"/developers/plugins/<plugin>/installations"},
	"GET /developers/plugins/{id}/webhooks/new":                             {"/developers/plugins/<plugin>/webhooks/new"},
	"GET /developers/plugins/{id}/webhooks/{webhook}":                       {"/developers/plugins/<plugin>/webhooks/<webhook>", "/developers/plugins/<plugin>/webhooks/<off>"},
	"GET /developers/plugins/{id}/webhooks/{webhook}/edit":                  {"/developers/plugins/<plugin>/webhooks/<webhook>/edit"},
	"GET /developers/plugins/{id}/webhooks/{webhook}/rotate":                {"/developers/plugins/<plugin>/webhooks/<webhook>/rotate"},
	"GET /developers/plugins/{id}/webhooks/{webhook}/delete":                {"/developers/plugins/<plugin>/webhooks/<webhook>/delete"},
	"GET /developers/plugins/{id}/webhooks/{webhook}/deliveries/{delivery}": {"/developers/plugins/<plugin>/webhooks/<webhook>/deliveries/1"},
	"GET /developers/keys":                                                  {"/developers/keys"},
	"GET /developers/keys/{key}/revoke":                                     {"/developers/keys/<developer key>/revoke"},
	"GET /developers/start":                                                 {"/developers/start"},

	"GET /admin":                    {"/admin", "/admin?span=month"},
	"GET /admin/queue":              {"/admin/queue?state=waiting", "/admin/queue?state=running", "/admin/queue?state=failed"},
	"GET /admin/plugins":            {"/admin/plugins"},
	"GET /admin/audit":              {"/admin/audit", "/admin/audit?action=none", "/admin/audit?who=nobody@example.com"},
	"GET /admin/people":             {"/admin/people", "/admin/people?q=nobody"},
	"GET /admin/people/new":         {"/admin/people/new"},
	"GET /admin/people/{id}":        {"/admin/people/<person>"},
	"GET /admin/people/{id}/delete": {"/admin/people/<person>/delete"},
}

// noPages are addresses that answer with something else, and with what.
var noPages = map[string]string{
	"GET /app/notes/{id}/row": "a part", "GET /app/share": "the way to the notes", "GET /app/settings/password": "the way to its page",
	"GET /app/settings/keys": "the way to its page", "GET /app/settings/speech": "the way to its page", "GET /app/settings/export": "a file", "GET /admin/audit.csv": "a file",
}

// TestEachPageIsLookedAt: whoever adds a page adds its example.
func TestEachPageIsLookedAt(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, "--engine=manual"))
	pages, err := web.New(web.Options{App: w.App})
	if err != nil {
		t.Fatal(err)
	}
	there := pages.Pages()
	for _, pattern := range there {
		if len(examples[pattern]) == 0 && noPages[pattern] == "" {
			t.Errorf("axe looks at no example of %s", pattern)
		}
	}
	for pattern := range examples {
		if !slices.Contains(there, pattern) {
			t.Errorf("%s is no page", pattern)
		}
	}
}

// sent is a form, and what the page says that it leads to.
type sent struct {
	path   string
	fields map[string]string // a value that begins with @ is a file of that name
	says   string
}

// answers are pages that only a form leads to.
var answers = []sent{
	{"/app/files", map[string]string{"type": "note", "audio": "@letters.txt"}, "Not all was taken"},
	{"/app/notes/<released>/edit", map[string]string{"text": "Mine.", "version": "1"}, "was saved meanwhile"},
	{"/app/notes/<released>/details", map[string]string{"name": "", "type": "poem"}, ""},
	{"/app/settings/name", map[string]string{"first_name": strings.Repeat("a", 101)}, "must have at most"},
	{"/app/settings/sound", map[string]string{"keep": "transcribed"}, "Erase sound that is there?"},
	{"/app/settings/words", map[string]string{"replacements": "no sign"}, "has a line"},
	{"/app/settings/keys", map[string]string{"name": "laptop"}, "not shown again"},
	{"/app/settings/password", map[string]string{"password": "short"}, "is not your password"},
	{"/app/settings/delete", map[string]string{"proof": "wrong"}, "is not"},
	{"/app/install/<offered>", map[string]string{"terms": "old"}, "Install"},
	{"/developers/plugins/new", map[string]string{"name": "Notes", "setup_uri": "http://x.example"}, "must be an https address"},
	{"/developers/plugins/new", map[string]string{"name": "Notes", "permission_audio": "write"}, "must be one of"},
	{"/developers/plugins/new", map[string]string{"name": "Notes", "crm": "99"}, "choose another"},
	{"/developers/plugins/<plugin>/keys", map[string]string{"description": "another"}, "not shown again"},
	{"/developers/plugins/<plugin>/logo", map[string]string{"logo": "@letters.txt"}, "must be a PNG"},
	{"/developers/plugins/<plugin>/webhooks/new", map[string]string{"uri": "x"}, "must be an http"},
	{"/developers/plugins/<plugin>/webhooks/new", map[string]string{"uri": "https://example.org/"}, "must name at least one"},
	{"/developers/plugins/<plugin>/webhooks/<webhook>/rotate", map[string]string{"overlap": "0"}, "not shown again"},
	{"/developers/keys", map[string]string{"name": "server"}, "not shown again"},
	{"/admin/people/new", map[string]string{"email": "nobody"}, "must be an e-mail address"},
	{"/admin/people/new", map[string]string{"email": "grace@example.org"}, "Hand it on in private"},
	{"/admin/people/new", map[string]string{"email": "mary@example.org", "mail": "1"}, "is on its way"},
	{"/admin/people/<self>", map[string]string{"was": "admin"}, "Nobody else runs this server"},
}

// TestEveryPage: axe looks at each page there is, in both colour schemes, at
// desk and phone width, as somebody sees it who is and does everything.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	needLong(t)
	p := newPageThings(t)
	b := browse(t, p.site)
	open := func(pattern string) bool {
		return strings.HasPrefix(pattern, "GET /app/link") || pattern == "GET /app/sign-in" || pattern == "GET /app/forgot"
	}
	for pattern, paths := range examples {
		if open(pattern) {
			b.looked(p, paths...)
		}
	}
	b.looksAt(p, sent{"/app/forgot", map[string]string{"email": "nobody@example.com"}, "is on its way"})
	b.looksAt(p, sent{"/app/sign-in", map[string]string{"email": "nobody@example.com", "password": "wrong"}, "do not belong together"})
	b.looksAt(p, sent{"/app/link/<link>", map[string]string{"password": "short"}, "must have at least"})
	b.signIn(p.owner)
	for pattern, paths := range examples {
		if !open(pattern) {
			b.looked(p, paths...)
		}
	}
	for _, form := range answers {
		b.looksAt(p, form)
	}
	b.signOut()
	b.looksAt(p, sent{"/app/settings/words", map[string]string{"words": "Okonkwo"}, "Your session had ended"})
	b.fill("email", p.owner.Email)
	b.fill("password", password)
	b.keys(enter)
	b.see("You are signed in again")
	b.axeAtBoth()
}

// TestEveryPageOfANewServer looks at what is there until somebody runs it, and
// at what only an engine's notes have.
func TestEveryPageOfANewServer(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t))
	link, err := w.App.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := &pageThings{world: w, ids: map[string]string{"setup": link[strings.LastIndex(link, "/")+1:]}}
	log.hide("a link", p.ids["setup"])
	p.note("released", func(r *talkit.Recording) { r.Status = talkit.RecordingCompleted })
	b := browse(t, w.site)
	b.looked(p, "/app/link/<setup>")
	b.looksAt(p, sent{"/app/link/<setup>", map[string]string{"email": "ada@example.org", "password": "short"}, "must have at least"})
	b.signIn(w.person)
	b.looked(p, "/app", "/app/notes/<released>", "/app/notes/<released>/transcribe", "/app/settings", "/app/plugins")
	b.looksAt(p, sent{"/app/notes/<released>/transcribe", map[string]string{"language": "xx"}, "is not one that the model"})
	b.signIn(w.newUser(true))
	b.looked(p, "/app", "/app/plugins", "/developers", "/developers/start", "/developers/keys")
}

// at is a path with the ids of things in it.
func (p *pageThings) at(path string) string {
	p.t.Helper()
	for name, id := range p.ids {
		path = strings.ReplaceAll(path, "<"+name+">", id)
	}
	if strings.Contains(path, "<") {
		p.t.Fatalf("nothing for %s", path)
	}
	return path
}

// looked opens pages at both widths for axe.
func (b *tab) looked(p *pageThings, paths ...string) {
	b.t.Helper()
	for _, path := range paths {
		for _, px := range []int64{1280, 360} {
			b.width(px)
			b.open(p.at(path))
			b.axe()
		}
	}
}

func (b *tab) axeAtBoth() {
	b.t.Helper()
	for _, px := range []int64{1280, 360} {
		b.width(px)
		b.axe()
	}
}

// looksAt sends a form, whatever page it stands on, and has axe look at the
// answer.
func (b *tab) looksAt(p *pageThings, form sent) {
	b.t.Helper()
	b.open("/app/offline")
	fields, err := json.Marshal(form.fields)
	if err != nil {
		b.t.Fatal(err)
	}
	value[bool](b, fmt.Sprintf(`(() => {
		const form = Object.assign(document.createElement("form"), { method: "post", action: %q });
		for (const [name, value] of Object.entries(%s)) {
			const input = Object.assign(document.createElement("input"), { name });
			if (value.startsWith("@")) {
				form.enctype = "multipart/form-data";
				const file = new DataTransfer();
				file.items.add(new File(["letters"], value.slice(1)));
				input.type = "file";
				input.files = file.files;
			} else input.value = value;
			form.append(input);
		}
		document.body.append(form);
		form.submit();
		return true })()`, p.at(form.path), fields))
	b.wait(`document.readyState === "complete" && location.pathname !== "/app/offline"`)
	b.see(form.says)
	b.axeAtBoth()
}
