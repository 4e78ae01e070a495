package e2e_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/door"
)

// tab is a page in a real browser, used as a person would. Each has a browser
// of its own. What a step waits for has stepTime; a script's error or a breach
// of the Content-Security-Policy fails the test at its end.
type tab struct {
	t   testing.TB
	ctx context.Context
	*site

	mu     sync.Mutex
	faults []string
}

// stepTime is how long a step of a person may take to have its effect.
const stepTime = 30 * time.Second

// browsing is how many tests have browsers at the same time. One that has some
// gets more at once: two tests that each wait for their second would wait for
// each other.
var browsing = struct {
	sync.Mutex
	slots chan struct{}
	tests map[testing.TB]bool
}{slots: make(chan struct{}, 2), tests: map[testing.TB]bool{}}

// mayBrowse waits until a test may have browsers, until its end.
func mayBrowse(t testing.TB) {
	browsing.Lock()
	may := browsing.tests[t]
	browsing.tests[t] = true
	browsing.Unlock()
	if may {
		return
	}
	browsing.slots <- struct{}{}
	t.Cleanup(func() {
		<-browsing.slots
		browsing.Lock()
		defer browsing.Unlock()
		delete(browsing.tests, t)
	})
}

// TestSomeBrowsersATest: one test has as many as it wants, whoever waits.
func TestSomeBrowsersATest(t *testing.T) {
	t.Parallel()
	for range cap(browsing.slots) + 1 {
		mayBrowse(t)
	}
}

// browse opens a browser with an empty tab, 1280 px wide and in light colours;
// more says how else it is started.
func browse(t testing.TB, s *site, more ...chromedp.ExecAllocatorOption) *tab {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		leaveOut(t, "chromium (by hand: apt install chromium)")
	}
	mayBrowse(t)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.ExecPath("chromium"), chromedp.UserDataDir(filepath.Join(t.TempDir(), "browser")),
		chromedp.WindowSize(1280, 900), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), append(options, more...)...)
	t.Cleanup(stop)
	ctx, leave := chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {})) // it tells of events it does not know
	t.Cleanup(leave)
	b := &tab{t: t, ctx: ctx, site: s}
	t.Cleanup(b.check)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)); err != nil { // no time limit: it would end the browser
		t.Fatalf("start the browser: %v", err)
	}
	b.listen()
	return b
}

// microphone makes the browser hear a WAV file and permits it at once.
func microphone(path string) []chromedp.ExecAllocatorOption {
	return []chromedp.ExecAllocatorOption{chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-file-for-fake-audio-capture", path+"%noloop")}
}

func (b *tab) listen() {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, cdplog.Enable, cdp.Empty{}); err != nil {
		b.t.Fatal(err)
	}
	err := chromedp.Listen(b.ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			b.fault("a script failed: " + describe(e.ExceptionDetails))
		case *cdplog.EventEntryAdded:
			if e.Entry.Level == "error" && e.Entry.Source != "network" { // what a server refuses is no fault of a script
				b.fault(fmt.Sprintf("the browser says: %s (%s)", e.Entry.Text, e.Entry.Source))
			}
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func describe(e any) string {
	text, _ := json.Marshal(e)
	return string(text[:min(len(text), 500)])
}

func (b *tab) fault(words string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Contains(b.faults, words) {
		b.faults = append(b.faults, words)
	}
}

func (b *tab) check() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, words := range b.faults {
		b.t.Error(words)
	}
	if b.t.Failed() {
		b.show()
	}
}

// show tells what the browser shows, for who reads of a failure. With
// TALKIT_SHOTS it is kept there as a picture as well.
func (b *tab) show() {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	where, _ := chromedp.Run(ctx, chromedp.Location())
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body ? document.body.innerText : ''"))
	b.t.Logf("the browser is at %s and shows:\n%s", where, text[:min(len(text), 3000)])
	if dir := os.Getenv("TALKIT_SHOTS"); dir != "" {
		b.shot(filepath.Join(dir, strings.ReplaceAll(b.t.Name(), "/", "-")+".png"))
	}
}

// do takes steps, all within stepTime.
func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepTime)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// open goes to a path of the site.
func (b *tab) open(path string) {
	b.t.Helper()
	b.do("open "+path, chromedp.Navigate(b.URL()+path))
}

// click presses what a CSS selector names, once it is seen.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.do("click "+selector, chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
}

// press clicks the first button or link with these words that is seen. The page
// may be on its way to the next one, which takes what was found with it: then
// it is looked for again. What an earlier step was answered with goes, so that
// see does not take it for the answer to this one.
func (b *tab) press(words string) {
	b.t.Helper()
	find := fmt.Sprintf(`(() => { const it = [...document.querySelectorAll("button, a, summary, label, [role=button]")].find(
		(e) => e.checkVisibility() && !e.disabled && e.textContent.trim().replace(/\s+/g, " ") === %q);
		document.querySelector("[data-pressed]")?.removeAttribute("data-pressed");
		if (it) document.querySelector(".notice.good")?.remove();
		it?.setAttribute("data-pressed", ""); return !!it })()`, words)
	deadline := time.Now().Add(stepTime)
	for {
		b.wait(find)
		ctx, cancel := context.WithTimeout(b.ctx, stepTime)
		err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS("[data-pressed]")))
		cancel()
		if err == nil {
			return
		}
		if !isGone(err) || time.Now().After(deadline) {
			b.t.Fatalf("press %s: %v", words, err)
		}
	}
}

// isGone says that a node left the page before anything was done to it.
func isGone(err error) bool {
	return strings.Contains(err.Error(), "Could not find node") || strings.Contains(err.Error(), "No node with given id")
}

// fill puts text into the field of that name, in place of what is there.
func (b *tab) fill(name, text string) {
	b.t.Helper()
	field := chromedp.CSS(fmt.Sprintf("[name=%q]:not([type=hidden])", name))
	b.do("fill "+name, chromedp.WaitVisible(field), chromedp.Clear(field), chromedp.SendKeys(field, text))
}

// keys types on the keyboard; kb has names for keys like kb.Enter.
func (b *tab) keys(keys string) {
	b.t.Helper()
	b.do("type", chromedp.KeyEvent(keys))
}

// enter is the key.
const enter = kb.Enter

// see waits until the page shows words, blanks and letters' case aside.
func (b *tab) see(words string) {
	b.t.Helper()
	b.seeFor(stepTime, words)
}

func (b *tab) seeFor(most time.Duration, words string) {
	b.t.Helper()
	b.waitFor(most, fmt.Sprintf(`document.body?.innerText.replace(/\s+/g, " ").toLowerCase().includes(%q)`, strings.ToLower(words)))
}

// wait waits until an expression is true.
func (b *tab) wait(expression string) {
	b.t.Helper()
	b.waitFor(stepTime, expression)
}

func (b *tab) waitFor(most time.Duration, expression string) {
	b.t.Helper()
	deadline := time.Now().Add(most)
	for {
		ctx, cancel := context.WithTimeout(b.ctx, stepTime)
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`!!(`+expression+`)`))
		cancel()
		if is {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("waited in vain: %s (%v)", expression, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// value is what an expression gives.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepTime)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// at waits until the browser is at a path of the site.
func (b *tab) at(path string) {
	b.t.Helper()
	b.wait(fmt.Sprintf("location.pathname === %q && document.readyState === 'complete'", path))
}

// password is what signIn gives everyone.
const password = "a password of tests"

// signIn signs a person in, as one who comes by a link does.
func (b *tab) signIn(person talkit.User) {
	b.t.Helper()
	g := greeting(b.t, b.site, person)
	_, err := chromedp.Call(b.ctx, network.SetCookie, network.SetCookieParams{Name: door.SessionCookie(b.URL()), Value: g.Value, URL: b.URL(), HTTPOnly: new(true)})
	if err != nil {
		b.t.Fatal(err)
	}
}

// greeting is a new session of a person, whose password becomes password.
func greeting(t testing.TB, s *site, person talkit.User) app.Greeting {
	t.Helper()
	link, err := s.App.MakeLink(t.Context(), talkit.Operator, person.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	value := link[strings.LastIndex(link, "/")+1:]
	log.hide("a link", value)
	g, err := s.App.UseLink(t.Context(), value, password, app.Browser{Address: "127.0.0.1", Agent: "e2e"})
	if err != nil {
		t.Fatal(err)
	}
	log.hide("a session", g.Value)
	return g
}

// width makes the window as wide as a phone or a desk.
func (b *tab) width(px int64) {
	b.t.Helper()
	b.do("width", chromedp.EmulateViewport(px, 900))
}

// dark asks pages for their dark colours, or the light ones.
func (b *tab) dark(on bool) {
	b.t.Helper()
	scheme := map[bool]string{true: "dark", false: "light"}[on]
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		// Still, so that no colour is on its way to another.
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
	if err != nil {
		b.t.Fatal(err)
	}
}

// scripts turns JavaScript on or off for the pages that are opened next.
func (b *tab) scripts(on bool) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		b.t.Fatal(err)
	}
}

// offline takes the network away, or gives it back.
func (b *tab) offline(on bool) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{URLPattern: "", Offline: on, DownloadThroughput: -1, UploadThroughput: -1}}})
	if err != nil {
		b.t.Fatal(err)
	}
}

// shot keeps the whole page as a picture.
func (b *tab) shot(path string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepTime)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(path, picture, 0o644)
	}
	if err != nil {
		b.t.Errorf("picture: %v", err)
	}
}

//go:embed testdata/axe.min.js
var axeScript string

// axe holds the page at hand to accessibility rules, in light and in dark.
func (b *tab) axe() {
	b.t.Helper()
	defer b.forget(len(b.faults)) // it puts styles of its own into the page, which our policy refuses
	for _, dark := range []bool{true, false} {
		b.dark(dark)
		value[bool](b, "document.fonts.ready.then(() => true)")
		value[bool](b, axeScript+";true")
		found := value[[]violation](b, `axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations.map((v) => (
			{id: v.id, help: v.help, nodes: v.nodes.slice(0, 5).map((n) => n.target.join(" ") + ": " + n.failureSummary)})))`)
		for _, v := range found {
			b.t.Errorf("axe at %s, dark %t: %s (%s)\n  %s", value[string](b, "location.pathname"), dark, v.Help, v.ID, strings.Join(v.Nodes, "\n  "))
		}
		if wide := value[int](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
			b.t.Errorf("%s scrolls sideways by %d px", value[string](b, "location.pathname"), wide)
		}
	}
}

// forget drops what was found since.
func (b *tab) forget(since int) {
	value[bool](b, "true") // what the browser said before has come when this has
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = b.faults[:since]
}

type violation struct {
	ID    string   `json:"id"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}
