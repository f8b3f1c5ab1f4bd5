import { AppError } from "@kontor/kit/errors";
import { type Role, toPermissions } from "../roles.ts";

export type Account = {
  id: string;
  email: string;
  displayName: string;
  passwordHash: string;
  roles: Role[];
  isActive: boolean;
  createdAt: Date;
};

export type NewAccount = Pick<Account, "email" | "displayName" | "passwordHash" | "roles">;
export type AccountChange = { roles?: Role[] | undefined; isActive?: boolean | undefined };

export type AccountStore = {
  /** Does nothing when the address is taken. */
  insert(account: NewAccount): Promise<void>;
  find(id: string): Promise<Account | undefined>;
  list(page: { limit: number; after: string | undefined }): Promise<Account[]>;
  /**
   * Changes the account and revokes its sessions in one transaction. `lastAdmin` and nothing changed when no active
   * administrator would be left; undefined when there is no such account.
   */
  change(id: string, change: AccountChange): Promise<Account | "lastAdmin" | undefined>;
};

/** What others may see of an account. */
export function toPublicAccount(account: Account) {
  const { id, email, displayName, roles, isActive, createdAt } = account;
  return {
    id,
    email,
    displayName,
    roles,
    permissions: toPermissions(roles),
    isActive,
    createdAt: createdAt.toISOString(),
  };
}

/**
 * Makes an account with the role viewer. An address that has one already gets the same answer in the same time, and its
 * account stays as it is: who registers must not learn who is here.
 */
export async function register(
  store: AccountStore,
  hashPassword: (password: string) => Promise<string>,
  registration: { email: string; password: string; displayName?: string | undefined },
): Promise<void> {
  const { email, password } = registration;
  const displayName = registration.displayName ?? email.slice(0, email.indexOf("@")).slice(0, 100);
  await store.insert({ email, displayName, passwordHash: await hashPassword(password), roles: ["viewer"] });
}

/** @throws AppError `auth.token_invalid` when the account is gone or deactivated, though its token still lives */
export async function readOwnAccount(store: AccountStore, id: string) {
  const account = await store.find(id);
  if (account === undefined || !account.isActive) {
    throw new AppError("unauthenticated", "auth.token_invalid", "The account of this token is not active.");
  }
  return toPublicAccount(account);
}

/** A page of accounts in the order they were made. */
export async function listAccounts(store: AccountStore, page: { limit: number; after?: string | undefined }) {
  const rows = await store.list({ limit: page.limit + 1, after: page.after });
  const users = rows.slice(0, page.limit);
  return {
    users: users.map(toPublicAccount),
    next: rows.length > page.limit ? (users.at(-1)?.id ?? null) : null,
  };
}

/** @throws AppError `auth.user_not_found`; `auth.last_admin` when nobody could undo the change */
export async function changeAccount(
  store: AccountStore,
  onChanged: (id: string, change: AccountChange) => void,
  id: string,
  change: AccountChange,
) {
  const roles = change.roles && [...new Set(change.roles)].sort();
  const result = await store.change(id, { ...change, roles });
  if (result === undefined)
    throw new AppError("notFound", "auth.user_not_found", "There is no user of this id.");
  if (result === "lastAdmin") {
    throw new AppError(
      "conflict",
      "auth.last_admin",
      "This is the last active administrator. Make another one first.",
    );
  }
  onChanged(id, change);
  return toPublicAccount(result);
}
