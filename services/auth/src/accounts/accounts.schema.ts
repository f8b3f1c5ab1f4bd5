import { z } from "zod";
import { newPassword } from "../passwords.ts";
import { roleSchema } from "../roles.ts";

/** Trimmed and in lower case, which is how it is stored. */
export const emailSchema = z.string().trim().toLowerCase().pipe(z.email().max(320));

export const registrationSchema = z.strictObject({
  email: emailSchema,
  password: newPassword,
  displayName: z.string().trim().min(1).max(100).optional(),
});

export const acceptedSchema = z.object({ status: z.literal("accepted") });

export const accountSchema = z
  .object({
    id: z.uuid(),
    email: z.string(),
    displayName: z.string(),
    roles: z.array(roleSchema),
    permissions: z.array(z.string()),
    isActive: z.boolean(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "Account" });

export const accountPageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.uuid().optional().describe("`next` of the page before"),
});

export const accountPageSchema = z.object({
  users: z.array(accountSchema),
  next: z.uuid().nullable().describe("for the next page; null on the last one"),
});

export const accountChangeSchema = z
  .strictObject({
    roles: z.array(roleSchema).min(1).max(roleSchema.options.length).optional(),
    isActive: z.boolean().optional(),
  })
  .refine(
    (change) => change.roles !== undefined || change.isActive !== undefined,
    "roles or isActive is needed",
  );
