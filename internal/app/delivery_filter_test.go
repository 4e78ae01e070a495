package app

import (
	"slices"
	"testing"
	"time"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// hooked is a webhook with a log.
type hooked struct {
	*App
	t      *testing.T
	who    talkit.Caller
	plugin talkit.Plugin
	hook   talkit.Webhook
}

func newHooked(t *testing.T, db *store.DB) hooked {
	t.Helper()
	rows := storetest.RowsOf(t, db)
	person := rows.User()
	h := hooked{App: testApp(t, db), t: t, who: talkit.Caller{Kind: talkit.CallerDeveloper, UserID: person.ID}, plugin: rows.Plugin(person)}
	h.hook = rows.Webhook(h.plugin)
	rows.Delivery(h.plugin, rows.Webhook(h.plugin)) // of another webhook: in no log of this one
	return h
}

// add puts a delivery in the log and returns its id.
func (h hooked) add(status talkit.DeliveryStatus, kind talkit.EventType, on talkit.Time) int64 {
	h.t.Helper()
	ctx := h.t.Context()
	e := talkit.Event{Key: newEventKey(), Type: kind, PluginID: h.plugin.ID, CreatedOn: on}
	d := talkit.Delivery{WebhookID: h.hook.ID, Status: status, CreatedOn: on, UpdatedOn: on}
	storetest.RowsOf(h.t, h.DB).Do(func(tx *store.Tx) error {
		if err := tx.AddEvent(ctx, &e); err != nil {
			return err
		}
		d.EventID = e.ID
		return tx.AddDelivery(ctx, &d)
	})
	return d.ID
}

// read is a part of the log, as ids.
func (h hooked) read(f DeliveryFilter) (ids []int64, older int64) {
	h.t.Helper()
	log, err := h.DeliveryLog(h.t.Context(), h.who, h.plugin.ID, h.hook.ID, f)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, d := range log.Deliveries {
		ids = append(ids, d.ID)
	}
	return ids, log.Older
}

// TestTheDeliveryLogIsFiltered: by how deliveries stand, by what they tell and
// by when they began, the end not included; filters add up. The newest is first.
func TestTheDeliveryLogIsFiltered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHooked(t, db)
		const hour = talkit.Time(3600 * 1e6)
		start := talkit.Now() - 10*hour
		var id []int64
		for i, d := range []struct {
			status talkit.DeliveryStatus
			kind   talkit.EventType
		}{
			{talkit.DeliverySucceeded, talkit.TranscriptCompleted}, {talkit.DeliveryFailed, talkit.TranscriptCompleted},
			{talkit.DeliveryPending, talkit.TranscriptUpdated}, {talkit.DeliveryCancelled, talkit.TestCompleted},
			{talkit.DeliveryFailed, talkit.TranscriptUpdated}, {talkit.DeliverySucceeded, talkit.TranscriptUpdated},
		} {
			id = append(id, h.add(d.status, d.kind, start+talkit.Time(i)*hour))
		}
		at := func(i int) talkit.Time { return start + talkit.Time(i)*hour }
		for name, c := range map[string]struct {
			filter DeliveryFilter
			want   []int64
		}{
			"all":                {DeliveryFilter{}, []int64{id[5], id[4], id[3], id[2], id[1], id[0]}},
			"succeeded":          {DeliveryFilter{Status: talkit.DeliverySucceeded}, []int64{id[5], id[0]}},
			"failed":             {DeliveryFilter{Status: talkit.DeliveryFailed}, []int64{id[4], id[1]}},
			"pending":            {DeliveryFilter{Status: talkit.DeliveryPending}, []int64{id[2]}},
			"cancelled":          {DeliveryFilter{Status: talkit.DeliveryCancelled}, []int64{id[3]}},
			"no such state":      {DeliveryFilter{Status: "lost"}, nil},
			"of a type":          {DeliveryFilter{Type: talkit.TranscriptUpdated}, []int64{id[5], id[4], id[2]}},
			"of a type not here": {DeliveryFilter{Type: talkit.InstallationCreated}, nil},
			"from":               {DeliveryFilter{From: at(4)}, []int64{id[5], id[4]}},
			"until":              {DeliveryFilter{Until: at(2)}, []int64{id[1], id[0]}},
			"from and until":     {DeliveryFilter{From: at(1), Until: at(4)}, []int64{id[3], id[2], id[1]}},
			"nothing between":    {DeliveryFilter{From: at(2) + 1, Until: at(3)}, nil},
			"older than one":     {DeliveryFilter{Before: id[2]}, []int64{id[1], id[0]}},
			"all together": {DeliveryFilter{Status: talkit.DeliveryFailed, Type: talkit.TranscriptUpdated, From: at(1), Until: at(5), Before: id[5]},
				[]int64{id[4]}},
		} {
			if got, older := h.read(c.filter); !slices.Equal(got, c.want) || older != 0 {
				t.Errorf("%s: %v and then %d, want %v", name, got, older, c.want)
			}
		}
	})
}

// TestTheDeliveryLogInParts: one part follows the other without a gap and shows
// nothing twice, filtered or not, whatever is delivered meanwhile; there is no
// empty part at the end.
func TestTheDeliveryLogInParts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHooked(t, db)
		now := talkit.Now()
		parts := func(f DeliveryFilter) (all []int64, sizes []int) {
			t.Helper()
			for {
				ids, older := h.read(f)
				all, sizes = append(all, ids...), append(sizes, len(ids))
				if older == 0 {
					return all, sizes
				}
				if f.Before = older; len(sizes) > 10 {
					t.Fatal("it does not end")
				}
				h.add(talkit.DeliveryFailed, talkit.TestCompleted, now) // newer than all parts that follow
			}
		}
		is := func(what string, f DeliveryFilter, want []int64, sizes ...int) {
			t.Helper()
			slices.Reverse(want)
			if got, parted := parts(f); !slices.Equal(got, want) || !slices.Equal(parted, sizes) {
				t.Errorf("%s: %d in parts of %v, want %d in parts of %v: %v, want %v", what, len(got), parted, len(want), sizes, got, want)
			}
		}
		var every, failed []int64
		for i := range 2*logPage + 7 {
			status := talkit.DeliverySucceeded
			if i%2 == 0 {
				status = talkit.DeliveryFailed
			}
			id := h.add(status, talkit.TranscriptCompleted, now.Add(time.Duration(i)*time.Second))
			if every = append(every, id); status == talkit.DeliveryFailed {
				failed = append(failed, id)
			}
			if i == logPage-1 {
				is("a whole part", DeliveryFilter{}, slices.Clone(every), logPage)
			}
		}
		is("all", DeliveryFilter{}, every, logPage, logPage, 7)
		is("failed", DeliveryFilter{Status: talkit.DeliveryFailed, Type: talkit.TranscriptCompleted}, failed, logPage, 4)
	})
}
