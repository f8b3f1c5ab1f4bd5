import { type Database, inTransaction, type Queryable } from "@kontor/kit/postgres";
import type { Role } from "../roles.ts";
import { revokeSessionsOf } from "../sessions/sessions.repo.ts";
import type { Account, AccountChange, NewAccount } from "./accounts.logic.ts";

type AccountRow = {
  id: string;
  email: string;
  display_name: string;
  password_hash: string;
  roles: Role[];
  is_active: boolean;
  created_at: Date;
};

const columns = "id, email, display_name, password_hash, roles, is_active, created_at";

/** Serialises changes that could take away the last administrator. */
const adminLock = 8_001;

/** Inserts the account; an address that is taken is left as it is, which is not an error. */
export async function insertAccount(db: Queryable, account: NewAccount): Promise<void> {
  await db.query({
    name: "accounts.insert",
    text: `insert into auth.accounts (email, display_name, password_hash, roles) values ($1, $2, $3, $4)
           on conflict (email) do nothing`,
    values: [account.email, account.displayName, account.passwordHash, account.roles],
  });
}

/** @param email in lower case */
export async function findAccountByEmail(db: Queryable, email: string): Promise<Account | undefined> {
  const { rows } = await db.query<AccountRow>({
    name: "accounts.find_by_email",
    text: `select ${columns} from auth.accounts where email = $1`,
    values: [email],
  });
  return rows.map(toAccount)[0];
}

export async function findAccount(db: Queryable, id: string): Promise<Account | undefined> {
  const { rows } = await db.query<AccountRow>({
    name: "accounts.find",
    text: `select ${columns} from auth.accounts where id = $1`,
    values: [id],
  });
  return rows.map(toAccount)[0];
}

/** Accounts in the order they were made (ids are version 7), from the one after `after`. */
export async function listAccounts(
  db: Queryable,
  page: { limit: number; after: string | undefined },
): Promise<Account[]> {
  const { rows } = await db.query<AccountRow>({
    name: "accounts.list",
    text: `select ${columns} from auth.accounts
            where id > coalesce($1, '00000000-0000-0000-0000-000000000000')::uuid
            order by id limit $2`,
    values: [page.after ?? null, page.limit],
  });
  return rows.map(toAccount);
}

/** Changes roles or activity and revokes the sessions, unless no active administrator would be left. */
export async function changeAccount(
  db: Database,
  id: string,
  change: AccountChange,
): Promise<Account | "lastAdmin" | undefined> {
  return inTransaction(db, async (tx) => {
    await tx.query({
      name: "accounts.lock_admins",
      text: "select pg_advisory_xact_lock($1)",
      values: [adminLock],
    });
    const before = await findAccount(tx, id);
    if (before === undefined) return undefined;
    const roles = change.roles ?? before.roles;
    const isActive = change.isActive ?? before.isActive;
    const staysAdmin = isActive && roles.includes("admin");
    if (!staysAdmin && (await countOtherAdmins(tx, id)) === 0) return "lastAdmin";
    const { rows } = await tx.query<AccountRow>({
      name: "accounts.change",
      text: `update auth.accounts set roles = $2, is_active = $3 where id = $1 returning ${columns}`,
      values: [id, roles, isActive],
    });
    await revokeSessionsOf(tx, id, "account_changed");
    return rows.map(toAccount)[0];
  });
}

export async function setPasswordHash(db: Queryable, id: string, passwordHash: string): Promise<void> {
  await db.query({
    name: "accounts.set_password_hash",
    text: "update auth.accounts set password_hash = $2 where id = $1",
    values: [id, passwordHash],
  });
}

async function countOtherAdmins(db: Queryable, id: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>({
    name: "accounts.count_other_admins",
    text: "select count(*) from auth.accounts where is_active and 'admin' = any (roles) and id <> $1",
    values: [id],
  });
  return rows[0]?.count ?? 0;
}

function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    email: row.email,
    displayName: row.display_name,
    passwordHash: row.password_hash,
    roles: row.roles,
    isActive: row.is_active,
    createdAt: row.created_at,
  };
}
