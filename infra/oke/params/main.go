// Command params writes the component of Kustomize that tells the workloads what
// the cloud made, from what `terraform output -json oke` prints of the region's
// stack:
//
//	terraform output -json oke | go run ./infra/oke/params -to infra/oke/components/params -image sha256:...
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

type endpoint struct{ ID, Endpoint string }

// made is the output oke of the stack region.
type made struct {
	Region        string
	CompartmentID string `json:"compartment_id"`
	CIDR          string
	Host          string
	EdgeSubnetID  string `json:"edge_subnet_id"`
	EdgeNSGID     string `json:"edge_nsg_id"`
	PublicIPID    string `json:"public_ip_id"`
	CertificateID string `json:"certificate_id"`
	WAFPolicyID   string `json:"waf_policy_id"`
	Database      struct {
		Host       string
		Port       int
		Descriptor string
	}
	RedisAddr        string `json:"redis_addr"`
	OpenSearchURL    string `json:"opensearch_url"`
	Queue            endpoint
	Stream           endpoint
	ObjectsNamespace string `json:"objects_namespace"`
	Buckets          map[string]string
	TopicID          string `json:"topic_id"`
	APMEndpoint      string `json:"apm_endpoint"`
	Secrets          map[string]string
	Repository       string
}

type options struct {
	image, registry, database, peer string
}

func main() {
	if err := run(os.Args[1:], os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "params:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader) error {
	fs := flag.NewFlagSet("params", flag.ContinueOnError)
	to := fs.String("to", "infra/oke/components/params", "folder to write to")
	var o options
	fs.StringVar(&o.image, "image", "", "digest of the image, sha256:...; what runs is named by it, not by a tag")
	fs.StringVar(&o.registry, "registry", "", "registry of the region with the tenancy's namespace, such as iad.ocir.io/axexample")
	fs.StringVar(&o.database, "database", "", "connect descriptor; that of Terraform unless given")
	fs.StringVar(&o.peer, "peer-database", "", "connect descriptor of the other region's database, which is asked when this one does not answer")
	if err := fs.Parse(args); err != nil {
		return err
	}
	var m made
	if err := json.NewDecoder(in).Decode(&m); err != nil {
		return fmt.Errorf("what is read must be the output oke of the stack region, as JSON: %w", err)
	}
	files, err := m.files(o)
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(*to, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

var digest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

func (m made) check(o options) error {
	var errs []error
	needs := func(what, value string) {
		if value == "" {
			errs = append(errs, fmt.Errorf("%s is missing in the output oke: apply the stack region first, on the standby with peer.secrets", what))
		}
	}
	for what, value := range map[string]string{"region": m.Region, "host": m.Host, "compartment_id": m.CompartmentID, "public_ip_id": m.PublicIPID, "objects_namespace": m.ObjectsNamespace,
		"secrets.token-secret": m.Secrets["token-secret"], "secrets.database-shop": m.Secrets["database-shop"]} {
		needs(what, value)
	}
	if cmp.Or(o.database, m.Database.Descriptor) == "" {
		errs = append(errs, errors.New("the database tells no connect descriptor; give it with -database"))
	}
	if !digest.MatchString(o.image) {
		errs = append(errs, fmt.Errorf("-image is %q; give the digest of the image, sha256: and 64 hexadecimal digits", o.image))
	}
	if o.registry == "" {
		errs = append(errs, errors.New("-registry is missing; write such as iad.ocir.io/axexample"))
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

// dsn names both regions' databases: who connects after a change of roles finds
// the one that is open.
func (m made) dsn(o options) string {
	own := cmp.Or(o.database, m.Database.Descriptor)
	if o.peer == "" {
		return own
	}
	return "(description_list=(load_balance=off)(failover=on)" + own + o.peer + ")"
}

func (m made) settings(o options) map[string]string {
	s := map[string]string{
		"OCI_RESOURCE_PRINCIPAL_REGION":        m.Region,
		"TRADEWIND_OCI_REGION":                 m.Region,
		"TRADEWIND_SHOP_URL":                   "https://" + m.Host,
		"TRADEWIND_HTTP_TRUSTED_PROXIES":       m.CIDR,
		"TRADEWIND_DB_DSN":                     m.dsn(o),
		"TRADEWIND_REGION_FOLLOW":              "true", // Data Guard says which region sells
		"TRADEWIND_OCI_OBJECTS_NAMESPACE":      m.ObjectsNamespace,
		"TRADEWIND_OCI_OBJECTS_BUCKET":         m.Buckets["media"],
		"TRADEWIND_OCI_MONITORING_COMPARTMENT": m.CompartmentID,
		"TRADEWIND_OCI_NOTIFICATIONS_TOPIC":    m.TopicID,
		"TRADEWIND_TOKEN_SECRET":               m.Secrets["token-secret"], // an OCID
		"TRADEWIND_DB_PASSWORD":                m.Secrets["database-shop"],
	}
	optional := map[string]string{"TRADEWIND_REDIS_ADDR": m.RedisAddr, "TRADEWIND_OPENSEARCH_URL": m.OpenSearchURL, "TRADEWIND_OCI_QUEUE_ID": m.Queue.ID, "TRADEWIND_OCI_QUEUE_ENDPOINT": m.Queue.Endpoint,
		"TRADEWIND_OCI_STREAMING_STREAM": m.Stream.ID, "TRADEWIND_TRACE_ENDPOINT": m.APMEndpoint}
	for name, value := range optional {
		if value != "" {
			s[name] = value
		}
	}
	for _, x := range []struct{ has, setting, standIn string }{
		{m.Queue.ID, "TRADEWIND_QUEUE_ENGINE", "table"}, {m.Stream.ID, "TRADEWIND_STREAM_ENGINE", "log"}, {m.OpenSearchURL, "TRADEWIND_SEARCH_ENGINE", "embedded"},
	} {
		if x.has == "" {
			s[x.setting] = x.standIn
		}
	}
	return s
}

func (m made) files(o options) (map[string]string, error) {
	if err := m.check(o); err != nil {
		return nil, err
	}
	var env strings.Builder
	all := m.settings(o)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if strings.ContainsAny(all[name], "\n\r") {
			return nil, fmt.Errorf("%s has more than one line", name)
		}
		fmt.Fprintf(&env, "%s=%s\n", name, all[name])
	}
	const annotation = "oci-native-ingress.oraclecloud.com/"
	return map[string]string{
		"params.env": env.String(),
		"ingress.yaml": patch(
			op{"add", "/metadata/annotations/" + escape(annotation+"certificate-ocid"), m.CertificateID},
			op{"replace", "/spec/rules/0/host", m.Host}),
		"class.yaml": patch(
			op{"add", "/metadata/annotations/" + escape(annotation+"waf-policy-ocid"), m.WAFPolicyID},
			op{"add", "/metadata/annotations/" + escape(annotation+"network-security-group-ids"), m.EdgeNSGID}),
		"parameters.yaml": patch(
			op{"add", "/spec/compartmentId", m.CompartmentID},
			op{"add", "/spec/subnetId", m.EdgeSubnetID},
			op{"add", "/spec/reservedPublicAddressId", m.PublicIPID}),
		"image.yaml": "# Written by infra/oke/params.\napiVersion: builtin\nkind: ImageTagTransformer\nmetadata: {name: image}\nimageTag:\n  name: tradewind\n  newName: " +
			o.registry + "/" + m.Repository + "\n  digest: " + o.image + "\n",
	}, nil
}

type op struct{ op, path, value string }

// patch is a JSON patch, which is YAML too.
func patch(ops ...op) string {
	var b strings.Builder
	for _, o := range ops {
		text, err := json.Marshal(map[string]string{"op": o.op, "path": o.path, "value": o.value})
		if err != nil {
			panic(err) // strings can be encoded
		}
		fmt.Fprintf(&b, "- %s\n", text)
	}
	return b.String()
}

// escape is that of JSON Pointer.
func escape(s string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(s) }
