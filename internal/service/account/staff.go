package account

import (
	"context"
	"slices"
	"strings"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// SignIn is what somebody shows at the door.
type SignIn struct {
	Email, Password string
	Code            string // of the second factor, or a recovery code; staff only
	IP, UserAgent   string
}

// SignInStaff lets a member of staff in, with a code of the second factor where
// one is set up. Errors have the codes "wrong-password", "code-required",
// "wrong-code", "too-many-attempts" and "use-provider".
func (s *Service) SignInStaff(ctx context.Context, in SignIn) (Signed, error) {
	if s.Config.Staff.Only {
		return Signed{}, fault.New(fault.Forbidden, "use-provider", "Staff sign in through the provider here, not with a password.")
	}
	e, err := s.knock(ctx, "staff", in.Email, in.IP)
	if err != nil {
		return Signed{}, err
	}
	m, err := s.DB.Read().Staff.ByEmail(ctx, in.Email)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return Signed{}, err
	}
	ok, err := s.matches(ctx, in.Password, m.PasswordHash)
	if err != nil {
		return Signed{}, err
	}
	if !ok || m.Status != user.StaffActive {
		return Signed{}, wrongPassword()
	}
	enrolled := !m.TOTPSince.IsZero()
	if enrolled && in.Code == "" {
		return Signed{}, fault.New(fault.Unauthorized, "code-required", "Send the code of your second factor too.")
	}
	var out Signed
	now := s.Now()
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		if enrolled {
			if err := s.second(ctx, tx, m, in.Code, now); err != nil {
				return err
			}
		}
		var err error
		if out, err = s.begin(ctx, tx, user.Session{StaffID: m.ID, UserAgent: in.UserAgent, EnrolsOnly: !enrolled}, now); err != nil {
			return err
		}
		if err := s.admit(ctx, tx, e, now); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: "staff:" + m.ID, Action: "staff.sign-in", Subject: m.ID, At: now, Details: map[string]any{"ip": in.IP}})
	})
	return out, err
}

// NewStaff is somebody who begins to work here.
type NewStaff struct {
	Email, Name, Password string
	Roles                 []string
}

// AddStaff appoints somebody; by is who does it. Errors have the codes
// "weak-password", "email-taken", "role-not-found" and "permission-missing".
func (s *Service) AddStaff(ctx context.Context, by user.Principal, in NewStaff) (user.Staff, error) {
	if err := user.CheckPassword("password", in.Password, in.Email); err != nil {
		return user.Staff{}, err
	}
	hash, err := s.hash(ctx, in.Password)
	if err != nil {
		return user.Staff{}, err
	}
	now := s.Now()
	m := user.Staff{ID: s.NewID(), Email: in.Email, Name: in.Name, PasswordHash: hash, Status: user.StaffActive, Roles: sorted(in.Roles), Version: 1, CreatedAt: now, UpdatedAt: now}
	return m, s.DB.InTx(ctx, func(tx store.Stores) error {
		if err := mayGive(ctx, tx, by, m.Roles); err != nil {
			return err
		}
		if err := tx.Staff.Insert(ctx, m); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: by.Actor(), Action: "staff.add", Subject: m.ID, At: now, Details: map[string]any{"email": m.Email, "roles": m.Roles}})
	})
}

// mayGive refuses to give away roles with permissions that the giver lacks.
func mayGive(ctx context.Context, tx store.Stores, by user.Principal, roles []string) error {
	for _, id := range roles {
		role, err := tx.Staff.Role(ctx, id)
		if err != nil {
			return err
		}
		for _, p := range role.Permissions {
			if !by.May(p) {
				return user.PermissionMissing(p)
			}
		}
	}
	return nil
}

// sorted is list in order, each element once.
func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.SortFunc(list, strings.Compare)
	return slices.Compact(list)
}

// Operator is whoever sits at the machine: the command line may do everything.
func Operator() user.Principal {
	return user.Principal{StaffID: "operator", Permissions: []string{user.Everything}}
}

// StandardRoles are the roles a shop begins with: read and write permissions
// are told apart by their endings.
func StandardRoles(permissions []string) []user.Role {
	pick := func(want func(area, what string) bool) []string {
		var out []string
		for _, p := range permissions {
			if area, what, _ := strings.Cut(p, ":"); want(area, what) {
				out = append(out, p)
			}
		}
		return out
	}
	in := func(areas ...string) func(area, what string) bool {
		return func(area, _ string) bool { return slices.Contains(areas, area) }
	}
	return []user.Role{
		{ID: user.OwnerRole, Title: "Owner", Permissions: []string{user.Everything}},
		{ID: "catalog", Title: "Catalogue", Permissions: pick(in("catalog", "stock", "inventory", "pricing", "prices", "promotions"))},
		{ID: "orders", Title: "Orders", Permissions: pick(in("orders", "payments", "returns", "shipments"))},
		{ID: "support", Title: "Customer service", Permissions: pick(func(area, what string) bool { return area == "customers" || area == "orders" && what == "read" })},
		{ID: "read-only", Title: "Looks, touches nothing", Permissions: pick(func(_, what string) bool { return what == "read" })},
	}
}

// PutRoles adds the roles that are not there yet.
func PutRoles(ctx context.Context, db store.DB, roles []user.Role) error {
	return db.InTx(ctx, func(tx store.Stores) error {
		for _, r := range roles {
			_, err := tx.Staff.Role(ctx, r.ID)
			if fault.KindOf(err) == fault.NotFound {
				err = tx.Staff.InsertRole(ctx, r)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
