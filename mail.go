package talkit

// Mail is a letter by e-mail: plain text, with a subject of one line.
type Mail struct {
	Subject, Text string
}

// The letters there are, by what they are for.
const (
	MailInvitation      = "invitation"
	MailRecovery        = "recovery"
	MailWebhookDisabled = "webhook_disabled"
)
