/**
 * Flags of Node for a process that is an observer and nothing else. On a large machine V8 lets the young generation grow to 130 MB
 * before it collects; under load the observer would fill it.
 */
export const observerFlags: readonly string[] = ["--max-semi-space-size=8"];
