package e2e_test

import (
	"testing"

	"talkit/internal/audio"
	"talkit/internal/store/storetest"
)

// suite is what holds on either database. Its tests share one server, each in
// a world of its own.
var suite = map[string]func(t *testing.T, w *world){
	"TheReferencePage": theReferencePage,
	"TheDocument":      theDocument,
	"AnswersInOrder":   answersInOrder,
	"TheDocs":          theDocs,

	"Credentials":     credentials,
	"EnabledAgain":    enabledAgain,
	"TokensThatOpen":  tokensThatOpen,
	"TokensThatDoNot": tokensThatDoNot,
	"ATokenFromNode":  aTokenFromNode,

	"Foreign":            foreign,
	"TheirOwnRecordings": theirOwnRecordings,
	"Permissions":        permissions,

	"TheMainJob":     theMainJob,
	"Withdrawn":      withdrawn,
	"WithdrawnTitle": withdrawnTitle,
	"States":         states,
	"SoundLetGo":     soundLetGo,
	"LastUse":        lastUse,
	"Logos":          logos,
	"Failing":        failing,
	"Downloads":      downloads,
	"ExportSchema":   exportSchema,
	"Revising":       revising,
	"Renaming":       renaming,

	"ListParameters": listParameters,
	"Pages":          pages,
	"DurableCursor":  durableCursor,
	"Searching":      searching,

	"WebhookLife":        webhookLife,
	"InstallationEvents": installationEvents,
	"Retried":            retried,
	"BadReceivers":       badReceivers,
	"Rotation":           rotation,
	"Cancelled":          cancelled,
	"NotTold":            notTold,

	"Nowhere":        nowhere,
	"NoForeignPages": noForeignPages,
	"BadJSON":        badJSON,
	"BadIDs":         badIDs,
	"TextAsSent":     textAsSent,
	"BadSubmissions": badSubmissions,

	"Waveform":           waveform,
	"Watching":           watching,
	"WatchingTheDeleted": watchingTheDeleted,
	"WatchingAll":        watchingAll,
	"OurClient":          ourClient,

	"Sessions":      sessions,
	"ErasedAnswers": erasedAnswers,

	"UploadLife":             uploadLife,
	"UploadDescribed":        uploadDescribed,
	"UploadWithItsBeginning": uploadWithItsBeginning,
	"UploadByPost":           uploadByPost,
	"UploadRefused":          uploadRefused,
	"UploadOfNoSound":        uploadOfNoSound,
	"UploadRights":           uploadRights,
	"UploadOverABadLine":     uploadOverABadLine,

	"LiveLife":         liveLife,
	"LiveOverABadLine": liveOverABadLine,
	"LiveAndTus":       liveAndTus,
	"LiveHandshakes":   liveHandshakes,
	"LiveRubbish":      liveRubbish,
	"LiveRights":       liveRights,

	"Vocabularies":       vocabularies,
	"OwnSettings":        ownSettings,
	"VocabularyCommands": vocabularyCommands,
	"OwnLanguage":        ownLanguage,

	"OnceOnly":    onceOnly,
	"OnceForEach": onceForEach,
	"OnceAtATime": onceAtATime,
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	unanswered.complete = audio.Available() == nil
	runSuite(t, serve(t, "--engine=manual", loopback))
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	runSuite(t, serve(t, "--engine=manual", loopback, "--database-url="+storetest.Postgres(t)))
}

func runSuite(t *testing.T, s *site) {
	for name, test := range suite {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, setup(t, s))
		})
	}
}
