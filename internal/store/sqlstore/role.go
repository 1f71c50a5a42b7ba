package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
)

// The roles of staff: shop_role and role_permission.
var (
	roleAll    = statement("shop_role.all", `SELECT id, title, version FROM shop_role ORDER BY id`)
	roleGet    = statement("shop_role.get", `SELECT id, title, version FROM shop_role WHERE id = :id`)
	roleLock   = statement("shop_role.lock", `SELECT id FROM shop_role WHERE id = :id FOR UPDATE`)
	roleInsert = statement("shop_role.insert", `INSERT INTO shop_role (id, title) VALUES (:id, :title)`)
	roleUpdate = statement("shop_role.update", `UPDATE shop_role SET title = :title, version = version + 1 WHERE id = :id AND version = :version RETURNING version INTO :new_version`)
	roleDelete = statement("shop_role.delete", `DELETE FROM shop_role WHERE id = :id AND version = :version`)

	roleMay       = statement("role_permission.of_role", `SELECT permission FROM role_permission WHERE role_id = :role_id ORDER BY permission`)
	roleMayClear  = statement("role_permission.clear", `DELETE FROM role_permission WHERE role_id = :role_id`)
	roleMayInsert = statement("role_permission.insert", `INSERT INTO role_permission (role_id, permission) VALUES (:role_id, :permission)`)
)

func scanRole(r scanner) (x user.Role, err error) { return x, r.Scan(&x.ID, &x.Title, &x.Version) }

func (s staffs) Roles(ctx context.Context) ([]user.Role, error) {
	list, err := collect(ctx, s.h, roleAll, scanRole)
	if err != nil {
		return nil, fail(err, "select roles")
	}
	for i := range list {
		if list[i].Permissions, err = s.permissionsOf(ctx, list[i].ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s staffs) permissionsOf(ctx context.Context, role string) ([]string, error) {
	list, err := collect(ctx, s.h, roleMay, func(r scanner) (p string, err error) { return p, r.Scan(&p) }, bind("role_id", role))
	return list, fail(err, "select permissions of role %s", role)
}

func (s staffs) Role(ctx context.Context, id string) (user.Role, error) {
	x, err := scanRole(s.h.row(ctx, roleGet, bind("id", id)))
	if errors.Is(err, sql.ErrNoRows) {
		return x, user.RoleNotFound(id)
	}
	if err != nil {
		return x, fail(err, "select role %s", id)
	}
	x.Permissions, err = s.permissionsOf(ctx, id)
	return x, err
}

func (s staffs) InsertRole(ctx context.Context, x user.Role) error {
	_, err := s.h.exec(ctx, roleInsert, bind("id", x.ID), bind("title", x.Title))
	if codeOf(err) == codeUnique {
		return fault.New(fault.Conflict, "role-taken", "There is a role %s already.", x.ID).Because(err)
	}
	if err != nil {
		return fail(err, "insert role %s", x.ID)
	}
	return s.allow(ctx, x)
}

func (s staffs) allow(ctx context.Context, x user.Role) error {
	for _, p := range x.Permissions {
		if _, err := s.h.exec(ctx, roleMayInsert, bind("role_id", x.ID), bind("permission", p)); err != nil {
			return fail(err, "add %s to role %s", p, x.ID)
		}
	}
	return nil
}

func (s staffs) UpdateRole(ctx context.Context, x user.Role) (version int64, err error) {
	n, err := s.h.exec(ctx, roleUpdate, bind("id", x.ID), bind("title", x.Title), bind("version", x.Version), bind("new_version", sql.Out{Dest: &version}))
	if err != nil {
		return 0, fail(err, "update role %s", x.ID)
	}
	if n == 0 {
		return 0, s.whyNotRole(ctx, x.ID)
	}
	if _, err := s.h.exec(ctx, roleMayClear, bind("role_id", x.ID)); err != nil {
		return 0, fail(err, "clear role %s", x.ID)
	}
	return version, s.allow(ctx, x)
}

func (s staffs) whyNotRole(ctx context.Context, id string) error {
	if _, err := s.Role(ctx, id); err != nil {
		return err
	}
	return fault.ChangedMeanwhile("role " + id)
}

func (s staffs) DeleteRole(ctx context.Context, id string, version int64) error {
	n, err := s.h.exec(ctx, roleDelete, bind("id", id), bind("version", version))
	switch {
	case codeOf(err) == codeHasChild:
		return fault.New(fault.Conflict, "role-in-use", "Somebody has the role %s; take it from them first.", id).Because(err)
	case err != nil:
		return fail(err, "delete role %s", id)
	case n == 0:
		return s.whyNotRole(ctx, id)
	}
	return nil
}
