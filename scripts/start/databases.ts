import type { ProvisionedDatabase } from "@kontor/kit/provision-postgres";
import type { Secrets } from "./secrets.ts";

/** One database with a schema and a role for each service, and one for the bus; no role can read another's. */
export function planDatabases(secrets: Secrets): ProvisionedDatabase[] {
  return [
    {
      name: "kontor",
      roles: [
        { role: "core_erp", password: secrets.coreErp, schema: "core_erp" },
        { role: "auth", password: secrets.auth, schema: "auth" },
        { role: "notification", password: secrets.notification, schema: "notification" },
        { role: "observer", password: secrets.observer, schema: "observer" },
      ],
    },
    { name: "bus", roles: [{ role: "bus", password: secrets.bus }] },
  ];
}
