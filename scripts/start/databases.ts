import type { ProvisionedDatabase } from "@kontor/kit/provision-postgres";
import type { Secrets } from "./secrets.ts";

/** The database of services and observer, with a schema and a role for each; no role can read another's. */
export function planKontorDatabase(
  passwords: Pick<Secrets, "coreErp" | "auth" | "notification" | "observer">,
): ProvisionedDatabase {
  return {
    name: "kontor",
    roles: [
      { role: "core_erp", password: passwords.coreErp, schema: "core_erp" },
      { role: "auth", password: passwords.auth, schema: "auth" },
      { role: "notification", password: passwords.notification, schema: "notification" },
      { role: "observer", password: passwords.observer, schema: "observer" },
    ],
  };
}

/** All of embedded mode, where the bus lies in a database, too. */
export function planDatabases(secrets: Secrets): ProvisionedDatabase[] {
  return [planKontorDatabase(secrets), { name: "bus", roles: [{ role: "bus", password: secrets.bus }] }];
}
