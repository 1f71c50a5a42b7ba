package objects

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"

	"tradewind/internal/adapter/objecttest"
	"tradewind/internal/adapter/oci"
	"tradewind/internal/adapter/oci/ocitest"
	"tradewind/internal/domain/object"
	"tradewind/internal/platform/fault"
)

func open(t *testing.T) (*ocitest.Server, *Store) {
	t.Helper()
	server := ocitest.New(t)
	server.AddBucket("shop", "media")
	s, err := Open(t.Context(), Config{Bucket: "media", Endpoint: server.URL, Timeout: 200 * time.Millisecond}, ocitest.Provider())
	if err != nil {
		t.Fatal(err)
	}
	s.retry = oci.Retry{Attempts: 4, First: time.Millisecond, Longest: 4 * time.Millisecond}
	s.partSize = 64 << 10
	return server, s
}

func TestConformance(t *testing.T) {
	objecttest.Run(t, func(t *testing.T) objecttest.Fixture {
		server, s := open(t)
		return objecttest.Fixture{Store: s, Large: 5*s.partSize + 17, Later: func(d time.Duration) { server.Now = func() time.Time { return time.Now().Add(d) } }}
	})
}

func TestOpeningSaysWhatIsWrong(t *testing.T) {
	server := ocitest.New(t)
	server.AddBucket("shop", "media")
	stranger := common.NewRawConfigurationProvider(ocitest.Tenancy, "ocid1.user.oc1..stranger", ocitest.Region, ocitest.Fingerprint, ocitest.KeyPEM(), nil)
	good := Config{Bucket: "media", Namespace: "shop", Endpoint: server.URL, Timeout: time.Second}
	other, none := good, good
	other.Bucket, none.Bucket = "other", ""
	for name, tc := range map[string]struct {
		config Config
		as     common.ConfigurationProvider
		want   string
	}{
		"another bucket": {other, ocitest.Provider(), "oci.objects.bucket other in namespace shop cannot be read"},
		"no bucket":      {none, ocitest.Provider(), "oci.objects.bucket is empty"},
		"somebody else":  {good, stranger, "NotAuthenticated"},
	} {
		if _, err := Open(t.Context(), tc.config, tc.as); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

func TestWhatPassesIsTriedAgain(t *testing.T) {
	for name, m := range map[string]ocitest.Mishap{
		"throttled":   ocitest.Throttle("", 3),
		"sick":        {Times: 3, Failure: ocitest.Failure{Status: 503, Code: "ServiceUnavailable", Message: "later"}},
		"answer lost": {Times: 2, Lose: true},
		"too slow":    {Times: 1, Delay: 400 * time.Millisecond},
		"repeated":    {Times: 3, Twice: true},
	} {
		t.Run(name, func(t *testing.T) {
			server, s := open(t)
			server.Spoil(m)
			if _, err := s.Put(t.Context(), "a", strings.NewReader("hello"), object.Put{}); err != nil {
				t.Errorf("Put: %v", err)
			}
			server.Spoil(m)
			if _, got, err := objecttest.Read(t.Context(), s, "a", object.Range{}); err != nil || string(got) != "hello" {
				t.Errorf("Get: %q, %v", got, err)
			}
			server.Spoil(m)
			if page, err := s.List(t.Context(), "", "", 10); err != nil || len(page.Objects) != 1 {
				t.Errorf("List: %v, %v", page, err)
			}
			server.Spoil(m)
			if err := s.Delete(t.Context(), "a"); err != nil {
				t.Errorf("Delete: %v", err)
			}
		})
	}
}

func TestWhatDoesNotPassIsTold(t *testing.T) {
	server, s := open(t)
	before := server.Calls("")
	server.Spoil(ocitest.Throttle("HeadObject", 99))
	if _, err := s.Head(t.Context(), "a"); fault.Code(err) != "objects-unavailable" || fault.KindOf(err) != fault.Unavailable {
		t.Errorf("Head: %v, want objects-unavailable", err)
	}
	if calls := server.Calls("") - before; calls != 4 {
		t.Errorf("%d calls were made, want 4", calls)
	}
	server.Spoil(ocitest.Mishap{Operation: "ListObjects", Failure: ocitest.Failure{Status: 403, Code: "NotAllowed", Message: "no policy"}})
	if _, err := s.List(t.Context(), "", "", 1); fault.Code(err) != "objects-unavailable" || server.Calls("ListObjects") != 1 {
		t.Errorf("List: %v after %d calls, want objects-unavailable after one", err, server.Calls("ListObjects"))
	}
}

func TestABodyThatBreaksOffGoesOn(t *testing.T) {
	data := objecttest.Bytes(900_000)
	server, s := open(t)
	s.partSize = 1 << 20 // at once, so that there is an MD5
	if _, err := s.Put(t.Context(), "film", bytes.NewReader(data), object.Put{}); err != nil {
		t.Fatal(err)
	}
	server.Spoil(ocitest.Mishap{Operation: "GetObject", Reset: true, Keep: 300_000})
	server.Spoil(ocitest.Mishap{Operation: "GetObject", Reset: true, Keep: 100_000})
	if _, got, err := objecttest.Read(t.Context(), s, "film", object.Range{}); err != nil || !bytes.Equal(got, data) || server.Calls("GetObject") != 3 {
		t.Errorf("%d bytes in %d calls, %v", len(got), server.Calls("GetObject"), err)
	}
	server.Spoil(ocitest.Mishap{Operation: "GetObject", Reset: true, Keep: 100_000})
	if _, got, err := objecttest.Read(t.Context(), s, "film", object.Range{Offset: 10, Length: 500_000}); err != nil || !bytes.Equal(got, data[10:500_010]) {
		t.Errorf("of a part: %d bytes, %v", len(got), err)
	}
	server.Spoil(ocitest.Mishap{Operation: "GetObject", Times: 9, Reset: true, Keep: 1000})
	if _, _, err := objecttest.Read(t.Context(), s, "film", object.Range{}); fault.Code(err) != "object-damaged" {
		t.Errorf("if it keeps breaking: %v, want object-damaged", err)
	}
}

func TestABodyOfAnotherObjectIsNotMixedIn(t *testing.T) {
	server, s := open(t)
	s.partSize = 1 << 20
	if _, err := s.Put(t.Context(), "film", bytes.NewReader(bytes.Repeat([]byte("a"), 900_000)), object.Put{}); err != nil {
		t.Fatal(err)
	}
	server.Spoil(ocitest.Mishap{Operation: "GetObject", Reset: true, Keep: 300_000})
	_, body, err := s.Get(t.Context(), "film", object.Range{})
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if _, err := s.Put(t.Context(), "film", bytes.NewReader(bytes.Repeat([]byte("b"), 900_000)), object.Put{}); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(body); fault.Code(err) != "object-damaged" || bytes.Contains(got, []byte("b")) {
		t.Errorf("%d bytes, %v, want object-damaged", len(got), err)
	}
}

func TestBytesThatChangedOnTheWayAreRefused(t *testing.T) {
	server, s := open(t)
	if _, err := s.Put(t.Context(), "a", strings.NewReader("hello hello"), object.Put{}); err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]ocitest.Mishap{"fewer": {Operation: "GetObject", Shorten: 3}, "others": {Operation: "GetObject", Corrupt: true}} {
		server.Spoil(m)
		if _, _, err := objecttest.Read(t.Context(), s, "a", object.Range{}); fault.Code(err) != "object-damaged" {
			t.Errorf("%s: %v, want object-damaged", name, err)
		}
	}
}

// The first attempt made the object and its answer got lost; the second is
// refused because of it.
func TestANewObjectIsOursThoughTheAnswerGotLost(t *testing.T) {
	for name, size := range map[string]int64{"at once": 100, "in parts": 200_000} {
		t.Run(name, func(t *testing.T) {
			server, s := open(t)
			data := objecttest.Bytes(size)
			server.Spoil(ocitest.Mishap{Operation: map[bool]string{true: "CommitMultipartUpload", false: "PutObject"}[size > s.partSize], Lose: true})
			info, err := s.Put(t.Context(), "a", bytes.NewReader(data), object.Put{IfNew: true})
			if err != nil || info.ETag == "" || info.Size != size {
				t.Errorf("Put: %+v, %v", info, err)
			}
			if _, err := s.Put(t.Context(), "a", strings.NewReader("others"), object.Put{IfNew: true}); fault.Code(err) != "object-exists" {
				t.Errorf("of others: %v, want object-exists", err)
			}
		})
	}
}

func TestAnUploadThatFailsLeavesNoParts(t *testing.T) {
	server, s := open(t)
	server.Spoil(ocitest.Mishap{Operation: "UploadPart", Times: 9, Failure: ocitest.Failure{Status: 500, Code: "InternalServerError", Message: "broken"}})
	if _, err := s.Put(t.Context(), "a", bytes.NewReader(objecttest.Bytes(200_000)), object.Put{}); fault.Code(err) != "objects-unavailable" {
		t.Errorf("Put: %v, want objects-unavailable", err)
	}
	if n := server.Uploads("shop", "media"); n != 0 || len(server.Objects("shop", "media")) != 0 {
		t.Errorf("%d uploads are left and %q", n, server.Objects("shop", "media"))
	}
}

func TestAStoreThatIsLeftAloneIsNotAskedAgain(t *testing.T) {
	server, s := open(t)
	server.Spoil(ocitest.Mishap{Operation: "HeadObject", Times: 99, Failure: ocitest.Failure{Status: 503, Code: "ServiceUnavailable", Message: "away"}})
	for range 3 {
		if _, err := s.Head(t.Context(), "a"); fault.Code(err) != "objects-unavailable" {
			t.Errorf("Head: %v, want objects-unavailable", err)
		}
	}
	if n := server.Calls("HeadObject"); n != 5 || !s.LeftAlone() {
		t.Errorf("it was asked %d times, left alone %v", n, s.LeftAlone())
	}
}

func TestALongFilmIsNotCutOff(t *testing.T) {
	server, s := open(t)
	data := objecttest.Bytes(600_000)
	if _, err := s.Put(t.Context(), "film", bytes.NewReader(data), object.Put{}); err != nil {
		t.Fatal(err)
	}
	_, body, err := s.Get(t.Context(), "film", object.Range{})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // longer than oci.objects.timeout: somebody watches
	if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, data) || server.Calls("GetObject") != 1 {
		t.Errorf("%d bytes in %d calls, %v", len(got), server.Calls("GetObject"), err)
	}
	_ = body.Close()
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	good := Config{Timeout: time.Second}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for want, bad := range map[string]Config{"oci.objects.timeout": {Timeout: time.Hour}, "oci.objects.endpoint": {Timeout: time.Second, Endpoint: "objects"}} {
		if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

func TestObjectsAreWhereTheyShouldBe(t *testing.T) {
	server, s := open(t)
	if _, err := s.Put(t.Context(), "pictures/ein Hut.png", strings.NewReader("x"), object.Put{}); err != nil {
		t.Fatal(err)
	}
	if got := server.Objects("shop", "media"); !slices.Equal(got, []string{"pictures/ein Hut.png"}) {
		t.Errorf("the bucket holds %q", got)
	}
}
