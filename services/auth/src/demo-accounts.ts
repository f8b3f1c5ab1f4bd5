import type { Database } from "@kontor/kit/postgres";
import { findAccountByEmail, insertAccount, setPasswordHash } from "./accounts/accounts.repo.ts";
import type { Passwords } from "./passwords.ts";
import { type Role, roleSchema } from "./roles.ts";

/** One account per role, `<role>@kontor.example`. */
export const demoAccounts: readonly { email: string; role: Role }[] = roleSchema.options.map((role) => ({
  email: `${role}@kontor.example`,
  role,
}));

/** Makes the demo accounts, or gives existing ones the password again. Their roles stay as they are. */
export async function seedDemoAccounts(db: Database, passwords: Passwords, password: string): Promise<void> {
  await Promise.all(
    demoAccounts.map(async ({ email, role }) => {
      const account = await findAccountByEmail(db, email);
      if (account !== undefined && (await passwords.verify(account.passwordHash, password))) return;
      const passwordHash = await passwords.hash(password);
      if (account === undefined) {
        await insertAccount(db, { email, displayName: `Demo ${role}`, passwordHash, roles: [role] });
      } else {
        await setPasswordHash(db, account.id, passwordHash);
      }
    }),
  );
}
