package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
)

// staffs keeps staff, staff_role and recovery_code.
type staffs struct{ h handle }

const staffColumns = `SELECT id, email, name, password_hash, status, totp_sealed, totp_since, totp_step, version, created_at, updated_at FROM staff`

var (
	staffInsert = statement("staff.insert", `INSERT INTO staff (id, email, email_key, name, password_hash, status, created_at, updated_at)
		VALUES (:id, :email, :email_key, :name, :password_hash, :status, :created_at, :created_at)`)
	staffLoad    = statement("staff.load", staffColumns+` WHERE id = :id`)
	staffByEmail = statement("staff.by_email", staffColumns+` WHERE email_key = :email_key`)
	staffPage    = statement("staff.page", staffColumns+` WHERE id > :after_id ORDER BY id FETCH FIRST :n ROWS ONLY`)
	staffUpdate  = statement("staff.update", `UPDATE staff SET email = :email, email_key = :email_key, name = :name, password_hash = :password_hash, status = :status,
		version = version + 1, updated_at = :updated_at WHERE id = :id AND version = :version RETURNING version INTO :new_version`)
	staffBeginTOTP   = statement("staff.begin_totp", `UPDATE staff SET totp_sealed = :sealed WHERE id = :id AND totp_since IS NULL`)
	staffConfirmTOTP = statement("staff.confirm_totp", `UPDATE staff SET totp_since = :at_time WHERE id = :id AND totp_sealed = :sealed AND totp_since IS NULL`)
	staffClearTOTP   = statement("staff.clear_totp", `UPDATE staff SET totp_sealed = NULL, totp_since = NULL WHERE id = :id`)
	staffUseStep     = statement("staff.use_step", `UPDATE staff SET totp_step = :step_no WHERE id = :id AND totp_step < :step_no`)

	recoveryClear  = statement("recovery_code.clear", `DELETE FROM recovery_code WHERE staff_id = :staff_id`)
	recoveryInsert = statement("recovery_code.insert", `INSERT INTO recovery_code (staff_id, code_hash) VALUES (:staff_id, :code_hash)`)
	recoveryUse    = statement("recovery_code.use", `DELETE FROM recovery_code WHERE staff_id = :staff_id AND code_hash = :code_hash`)

	staffRoles      = statement("staff_role.of_staff", `SELECT role_id FROM staff_role WHERE staff_id = :staff_id ORDER BY role_id`)
	staffRoleClear  = statement("staff_role.clear", `DELETE FROM staff_role WHERE staff_id = :staff_id`)
	staffRoleInsert = statement("staff_role.insert", `INSERT INTO staff_role (staff_id, role_id) VALUES (:staff_id, :role_id)`)
	staffMay        = statement("role_permission.of_staff", `SELECT DISTINCT p.permission FROM staff_role r JOIN role_permission p ON p.role_id = r.role_id
		WHERE r.staff_id = :staff_id ORDER BY p.permission`)
	staffOwners = statement("staff_role.owners", `SELECT r.staff_id FROM staff_role r JOIN staff m ON m.id = r.staff_id
		WHERE r.role_id = :role_id AND m.status = 'active' ORDER BY r.staff_id FETCH FIRST 2 ROWS ONLY`)
)

func (s staffs) Insert(ctx context.Context, m user.Staff) error {
	_, err := s.h.exec(ctx, staffInsert, bind("id", m.ID), bind("email", m.Email), bind("email_key", user.EmailKey(m.Email)), bind("name", m.Name),
		bind("password_hash", m.PasswordHash), bind("status", string(m.Status)), bind("created_at", m.CreatedAt))
	if codeOf(err) == codeUnique {
		return staffEmailTaken(m.Email)
	}
	if err != nil {
		return fail(err, "insert staff %s", m.ID)
	}
	return s.setRoles(ctx, m)
}

func staffEmailTaken(email string) error {
	return fault.New(fault.Conflict, "email-taken", "Somebody with the address %s works here already.", email)
}

func (s staffs) setRoles(ctx context.Context, m user.Staff) error {
	for _, role := range m.Roles {
		_, err := s.h.exec(ctx, staffRoleInsert, bind("staff_id", m.ID), bind("role_id", role))
		if codeOf(err) == codeNoParent {
			return user.RoleNotFound(role)
		}
		if err != nil {
			return fail(err, "give role %s to staff %s", role, m.ID)
		}
	}
	return nil
}

func scanStaff(r scanner) (m user.Staff, err error) {
	var since sql.NullTime
	err = r.Scan(&m.ID, &m.Email, &m.Name, &m.PasswordHash, &m.Status, &m.TOTPSealed, &since, &m.TOTPStep, &m.Version, &m.CreatedAt, &m.UpdatedAt)
	m.TOTPSince = when(since)
	return m, err
}

func (s staffs) Load(ctx context.Context, id string) (user.Staff, error) {
	return s.one(ctx, id, staffLoad, bind("id", id))
}

func (s staffs) ByEmail(ctx context.Context, email string) (user.Staff, error) {
	return s.one(ctx, email, staffByEmail, bind("email_key", user.EmailKey(email)))
}

func (s staffs) one(ctx context.Context, id string, st *Statement, arg sql.NamedArg) (user.Staff, error) {
	m, err := scanStaff(s.h.row(ctx, st, arg))
	if errors.Is(err, sql.ErrNoRows) {
		return m, user.StaffNotFound(id)
	}
	if err != nil {
		return m, fail(err, "select staff %s", id)
	}
	m.Roles, err = s.roles(ctx, m.ID)
	return m, err
}

func (s staffs) roles(ctx context.Context, id string) ([]string, error) {
	list, err := collect(ctx, s.h, staffRoles, func(r scanner) (role string, err error) { return role, r.Scan(&role) }, bind("staff_id", id))
	return list, fail(err, "select roles of staff %s", id)
}

func (s staffs) Page(ctx context.Context, after string, n int) ([]user.Staff, error) {
	if after == "" {
		after = "0"
	}
	list, err := collect(ctx, s.h, staffPage, scanStaff, bind("after_id", after), bind("n", n))
	if err != nil {
		return nil, fail(err, "select staff after %s", after)
	}
	for i := range list {
		if list[i].Roles, err = s.roles(ctx, list[i].ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s staffs) Update(ctx context.Context, m user.Staff) (version int64, err error) {
	n, err := s.h.exec(ctx, staffUpdate, bind("id", m.ID), bind("email", m.Email), bind("email_key", user.EmailKey(m.Email)), bind("name", m.Name),
		bind("password_hash", m.PasswordHash), bind("status", string(m.Status)), bind("updated_at", m.UpdatedAt), bind("version", m.Version), bind("new_version", sql.Out{Dest: &version}))
	switch {
	case codeOf(err) == codeUnique:
		return 0, staffEmailTaken(m.Email)
	case err != nil:
		return 0, fail(err, "update staff %s", m.ID)
	case n == 0:
		if _, err := s.Load(ctx, m.ID); err != nil {
			return 0, err
		}
		return 0, fault.ChangedMeanwhile("member of staff")
	}
	if _, err := s.h.exec(ctx, staffRoleClear, bind("staff_id", m.ID)); err != nil {
		return 0, fail(err, "take roles from staff %s", m.ID)
	}
	return version, s.setRoles(ctx, m)
}

func (s staffs) BeginTOTP(ctx context.Context, id string, sealed []byte) (bool, error) {
	n, err := s.h.exec(ctx, staffBeginTOTP, bind("id", id), bind("sealed", sealed))
	return n > 0, fail(err, "begin second factor of staff %s", id)
}

func (s staffs) ConfirmTOTP(ctx context.Context, id string, sealed []byte, now time.Time) (bool, error) {
	n, err := s.h.exec(ctx, staffConfirmTOTP, bind("id", id), bind("sealed", sealed), bind("at_time", now))
	return n > 0, fail(err, "confirm second factor of staff %s", id)
}

func (s staffs) ClearTOTP(ctx context.Context, id string) error {
	_, err := s.h.exec(ctx, staffClearTOTP, bind("id", id))
	return fail(err, "clear second factor of staff %s", id)
}

func (s staffs) UseStep(ctx context.Context, id string, step int64) (bool, error) {
	n, err := s.h.exec(ctx, staffUseStep, bind("id", id), bind("step_no", step))
	return n > 0, fail(err, "use second factor of staff %s", id)
}

func (s staffs) SetRecoveryCodes(ctx context.Context, id string, hashes [][]byte) error {
	if _, err := s.h.exec(ctx, recoveryClear, bind("staff_id", id)); err != nil {
		return fail(err, "clear recovery codes of staff %s", id)
	}
	for _, hash := range hashes {
		if _, err := s.h.exec(ctx, recoveryInsert, bind("staff_id", id), bind("code_hash", hash)); err != nil {
			return fail(err, "insert recovery code of staff %s", id)
		}
	}
	return nil
}

func (s staffs) UseRecoveryCode(ctx context.Context, id string, hash []byte) (bool, error) {
	n, err := s.h.exec(ctx, recoveryUse, bind("staff_id", id), bind("code_hash", hash))
	return n > 0, fail(err, "use recovery code of staff %s", id)
}

func (s staffs) Permissions(ctx context.Context, id string) ([]string, error) {
	list, err := collect(ctx, s.h, staffMay, func(r scanner) (p string, err error) { return p, r.Scan(&p) }, bind("staff_id", id))
	return list, fail(err, "select permissions of staff %s", id)
}

func (s staffs) LockOwners(ctx context.Context) ([]string, error) {
	var id string
	if err := s.h.row(ctx, roleLock, bind("id", user.OwnerRole)).Scan(&id); err != nil {
		return nil, fail(err, "take hold of the role %s", user.OwnerRole)
	}
	list, err := collect(ctx, s.h, staffOwners, func(r scanner) (id string, err error) { return id, r.Scan(&id) }, bind("role_id", user.OwnerRole))
	return list, fail(err, "select owners")
}
