package image

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// stages returns the instructions of each stage of the Dockerfile, one a line.
func stages(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../infra/docker/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	out, name := map[string][]string{}, "before"
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if _, as, found := strings.Cut(line, " AS "); found && strings.HasPrefix(line, "FROM ") {
			name = as
		}
		out[name] = append(out[name], line)
	}
	return out
}

// What runs in production is built elsewhere: here it is read.
func TestBothImagesStartTheProgramAsNobodyInParticularWithoutAShell(t *testing.T) {
	all := stages(t)
	for _, name := range []string{"production", "embedded"} {
		lines := all[name]
		for _, want := range []string{"USER 10001:10001", "EXPOSE 8080 8081", `ENTRYPOINT ["/tradewind"]`, `CMD ["serve"]`, "COPY --from=build /out/" + name + " /tradewind"} {
			if !slices.Contains(lines, want) {
				t.Errorf("%s has no %q", name, want)
			}
		}
		asked := func(line string) bool {
			return strings.HasPrefix(line, "HEALTHCHECK ") && strings.HasSuffix(line, ` CMD ["/tradewind", "probe"]`)
		}
		if !slices.ContainsFunc(lines, asked) {
			t.Errorf("%s is not asked for its health with the program itself", name)
		}
		user := slices.Index(lines, "USER 10001:10001")
		for i, line := range lines {
			if verb, _, _ := strings.Cut(line, " "); slices.Contains([]string{"RUN", "COPY", "ADD"}, verb) && i > user {
				t.Errorf("%s: %q comes after USER; the program's user would own it", name, line)
			}
		}
	}
	if all["embedded"][0] != "FROM scratch AS embedded" {
		t.Errorf("embedded begins with %q", all["embedded"][0])
	}
}

func TestInstantClientHasAStageOfItsOwnAndAVersion(t *testing.T) {
	all := stages(t)
	lines := strings.Join(all["instantclient"], "\n")
	found := regexp.MustCompile(`ARG INSTANT_CLIENT=(\d+)\.(\d+)(?:\.\d+)* INSTANT_CLIENT_FOLDER=(\d+)`).FindStringSubmatch(lines)
	if found == nil || !strings.HasPrefix(found[3], found[1]+found[2]) {
		t.Fatalf("no version, or a folder of another one: %q", found)
	}
	if !slices.Contains(all["production"], "COPY --from=instantclient /opt/oracle/client /opt/oracle/client") {
		t.Error("production does not take the client from its stage")
	}
	for name, lines := range all {
		if name != "instantclient" && strings.Contains(strings.Join(lines, "\n"), "download.oracle.com") {
			t.Errorf("%s fetches the client too", name)
		}
	}
	text, err := os.ReadFile("../../infra/docker/Dockerfile")
	if err != nil || !strings.Contains(string(text), "instant-client-lic") {
		t.Errorf("the terms of Instant Client are not named: %v", err)
	}
}
