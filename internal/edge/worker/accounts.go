package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"tradewind/internal/domain/notify"
	"tradewind/internal/domain/outbox"
	"tradewind/internal/domain/user"
	"tradewind/internal/service/account"
)

// pages are where the links of letters lead, below the shop's address.
var pages = map[account.About]string{
	account.AboutVerify:      "/account/verify",
	account.AboutReset:       "/account/reset",
	account.AboutChangeEmail: "/account/email",
}

// AccountMails mails what people are told about their accounts. The token goes
// into the link's fragment: browsers tell it to no server and no other site.
func AccountMails(accounts *account.Service, mailer notify.Mailer, shop Letterhead, base string) Consumer {
	return Consumer{Name: "account-mails", Topics: []string{user.TopicMail}, Handle: func(ctx context.Context, m outbox.Message) error {
		var asked user.Mail
		if err := json.Unmarshal(m.Payload, &asked); err != nil {
			return fmt.Errorf("read %s: %w", m.Topic, err)
		}
		l, ok, err := accounts.Letter(ctx, m.Aggregate, asked)
		if err != nil || !ok {
			return err
		}
		from, err := shop(ctx)
		if err != nil {
			return err
		}
		mail := notify.Account{Shop: from, To: l.To, Name: l.Name, About: string(l.About)}
		if l.Token != "" {
			mail.URL = strings.TrimSuffix(base, "/") + pages[l.About] + "#token=" + url.QueryEscape(l.Token)
		}
		message, err := mail.Message("account-" + m.Aggregate)
		if err != nil {
			return err
		}
		return mailer.Send(ctx, message)
	}}
}
