// Package compose checks docker-compose.yml without a container engine: that it
// is one, and that what runs of ours takes the settings it is given.
package compose

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"

	"tradewind/internal/app"
)

const root = "../.."

func project(t *testing.T) *types.Project {
	t.Helper()
	o, err := cli.NewProjectOptions([]string{filepath.Join(root, "docker-compose.yml")}, cli.WithProfiles([]string{"*"}), cli.WithWorkingDirectory(root))
	if err != nil {
		t.Fatal(err)
	}
	p, err := o.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ours(s types.ServiceConfig) bool { return s.Image == "tradewind:local" }

var pinned = regexp.MustCompile(`^[^:]+:v?\d+\.\d+[\w.-]*$`)

func TestServicesAreWhatTheyShouldBe(t *testing.T) {
	p := project(t)
	var memory int64
	for name, s := range p.Services {
		if !ours(s) && !pinned.MatchString(s.Image) {
			t.Errorf("%s: the image %s has no version", name, s.Image)
		}
		if memory += int64(s.MemLimit); s.MemLimit == 0 {
			t.Errorf("%s may take all memory", name)
		}
		if len(s.Profiles) != 1 || !slices.Contains([]string{"core", "search", "observe"}, s.Profiles[0]) {
			t.Errorf("%s has the profiles %v", name, s.Profiles)
		}
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s can be reached from other machines at port %s", name, port.Published)
			}
		}
		once := s.Restart == "no"
		if !once && (s.HealthCheck == nil || s.HealthCheck.Disable || len(s.HealthCheck.Test) < 2) {
			t.Errorf("nobody can tell whether %s is well", name)
		}
		for on, d := range s.DependsOn {
			other := p.Services[on]
			if d.Required == slices.Equal(other.Profiles, []string{"search"}) {
				t.Errorf("%s: whether %s must be there does not follow from its profile", name, on)
			}
			want := types.ServiceConditionHealthy
			if other.Restart == "no" {
				want = types.ServiceConditionCompletedSuccessfully
			}
			if d.Condition != want {
				t.Errorf("%s waits for %s to be %s, not %s", name, on, d.Condition, want)
			}
		}
		if ours(s) && s.User != "" {
			t.Errorf("%s runs as %s, not as the image says", name, s.User)
		}
		for _, v := range s.Volumes {
			if _, named := p.Volumes[v.Source]; v.Type == types.VolumeTypeVolume && !named || v.Type == types.VolumeTypeBind && !v.ReadOnly {
				t.Errorf("%s keeps %s in %q, which is no named volume", name, v.Target, v.Source)
			}
		}
		if ours(s) && (!s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") || !slices.Contains(s.SecurityOpt, "no-new-privileges:true")) {
			t.Errorf("%s may do more than it needs", name)
		}
	}
	if memory > 12<<30 {
		t.Errorf("everything together may take %d MB; a laptop of 16 GB has no room for that", memory>>20)
	}
}

// Secrets are files, of which the repository has none.
func TestSecretsAreFiles(t *testing.T) {
	p := project(t)
	word := regexp.MustCompile(`(?i)password|secret|key|token`)
	for name, s := range p.Services {
		for k, v := range s.Environment {
			if v != nil && word.MatchString(k) && !strings.HasPrefix(*v, "/run/secrets/") {
				t.Errorf("%s: %s is in the file", name, k)
			}
		}
	}
	made, err := os.ReadFile(filepath.Join(root, "scripts", "up.sh"))
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range p.Secrets {
		if !strings.Contains(s.File, ".secrets/") || !strings.Contains(string(made), name) {
			t.Errorf("secret %s is in %s, which `make up` does not make", name, s.File)
		}
	}
	if out, err := exec.Command("git", "-C", root, "check-ignore", "-q", ".secrets/db_password").CombinedOutput(); err != nil {
		t.Errorf(".secrets is not ignored: %v %s", err, out)
	}
}

// Every setting of ours is one, and together they are a shop that could open.
func TestSettingsAreTaken(t *testing.T) {
	p := project(t)
	for _, engine := range []string{"embedded", "opensearch"} {
		settings(t, p, engine)
	}
}

func settings(t *testing.T, p *types.Project, engine string) {
	served := map[string]int{}
	for name, s := range p.Services {
		if !ours(s) {
			continue
		}
		var environ []string
		for k, v := range s.Environment {
			if v != nil && k == app.EnvName("search.engine") {
				environ = append(environ, k+"="+engine)
			} else if v != nil && k != app.EnvName("config") { // that is a secret, which is not here
				environ = append(environ, k+"="+*v)
			}
		}
		if s.Environment[app.EnvName("config")] != nil {
			environ = append(environ, app.EnvName("sandboxpay.key")+"=k", app.EnvName("sandboxpay.webhook-secret")+"=w")
		}
		c, _, err := app.Load(name, nil, environ, nil)
		if err == nil && len(s.Command) == 0 {
			err = c.Validate()
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if c.DB.MinTLS && strings.Contains(c.DB.DSN, "oracle:1521/") {
			t.Errorf("%s speaks TLS to a database that does not", name)
		}
		if len(s.Command) == 0 {
			for target := range strings.SplitSeq(c.Target, ",") {
				served[target]++
			}
		}
	}
	for _, target := range append(app.Services(), "worker") {
		if served[target] != 1 {
			t.Errorf("%d services are %s", served[target], target)
		}
	}
}

// The load balancer's file is what the program prints for these services.
func TestTheBalancerIsTheProgramsOwn(t *testing.T) {
	at := map[string]string{}
	for _, name := range app.Services() {
		at[name] = name + ":8080/8081"
	}
	want, err := app.Balancer(":8080", false, at)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(root, "infra", "local", "haproxy.cfg"))
	if err != nil || string(got) != want {
		t.Errorf("infra/local/haproxy.cfg is not what `tradewind balancer` prints: %v", err)
	}
}

// Who sends mails puts them where they are shown, and whoever reads them may not
// change them. The file for nginx says the same folder and port.
func TestMailsEndWhereTheyAreRead(t *testing.T) {
	p := project(t)
	sink := p.Services["mails"]
	conf, err := os.ReadFile(filepath.Join(root, "infra", "local", "mails.conf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"root /data/mail;", "listen 8025;", "location = /healthz"} {
		if !strings.Contains(string(conf), want) {
			t.Errorf("infra/local/mails.conf has no %q", want)
		}
	}
	at := func(s types.ServiceConfig) (volume string, readOnly bool) {
		for _, v := range s.Volumes {
			if v.Target == "/data" {
				return v.Source, v.ReadOnly
			}
		}
		return "", false
	}
	volume, readOnly := at(sink)
	if volume == "" || !readOnly || !sink.ReadOnly || sink.User != "10001:10001" {
		t.Errorf("mails are read from %q, read-only %v, by %s", volume, readOnly, sink.User)
	}
	for name, s := range p.Services {
		c, _, err := app.Load(name, nil, []string{app.EnvName("target") + "=" + value(s, app.EnvName("target"))}, nil)
		if err != nil || !ours(s) || !strings.Contains(c.Target, "worker") {
			continue
		}
		if from, _ := at(s); from != volume || c.Mail.Dir != "data/mail" {
			t.Errorf("%s writes mails to %s in %q", name, c.Mail.Dir, from)
		}
	}
}

func value(s types.ServiceConfig, name string) string {
	if v := s.Environment[name]; v != nil {
		return *v
	}
	return "all"
}

// Tests that start containers start the same images.
func TestTestsRunOnTheSameImages(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "tests", "engines", "containers.go"))
	if err != nil {
		t.Fatal(err)
	}
	p := project(t)
	for _, name := range []string{"oracle", "opensearch", "redis"} {
		if image := p.Services[name].Image; image == "" || !strings.Contains(string(text), `"`+image+`"`) {
			t.Errorf("tests/engines does not start %s", image)
		}
	}
}

// The health of what is asked with `tradewind probe` is told at the address that
// this service's own settings say.
func TestProbesAskWhereTheServiceAnswers(t *testing.T) {
	p := project(t)
	for name, s := range p.Services {
		if !ours(s) || s.HealthCheck == nil || s.HealthCheck.Disable {
			continue
		}
		want := ":8081"
		if name == "sandboxpay" {
			want = value(s, app.EnvName("sandboxpay.addr"))
		}
		if got := value(s, app.EnvName("ops.addr")); got != want || !slices.Equal(s.HealthCheck.Test, []string{"CMD", "/tradewind", "probe"}) {
			t.Errorf("%s is asked by %v at %s, and answers at %s", name, s.HealthCheck.Test, got, want)
		}
	}
}
