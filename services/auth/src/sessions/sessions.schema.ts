import { z } from "zod";
import { emailSchema } from "../accounts/accounts.schema.ts";
import { givenPassword } from "../passwords.ts";

export const loginSchema = z.strictObject({ email: emailSchema, password: givenPassword });

const refreshToken = z.string().min(1).max(200);

export const refreshSchema = z.strictObject({ refreshToken });

export const logoutSchema = z.strictObject({
  refreshToken,
  everywhere: z.boolean().default(false).describe("end all sessions of the account, not only this one"),
});

export const tokensSchema = z
  .object({
    accessToken: z.string(),
    tokenType: z.literal("Bearer"),
    expiresInSeconds: z.int(),
    refreshToken: z.string().describe("for one use; the answer brings the next"),
  })
  .meta({ id: "Tokens" });
