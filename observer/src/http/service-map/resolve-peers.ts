import { subjectKey } from "../../signals/subject.ts";
import type { CallGroup, CallParty } from "../../store/call-history.ts";

/**
 * Gives calls that nobody answered to the service that otherwise answers at the same address: a call that was refused or timed out
 * has no span on the other side, and would show as a stranger beside the service that is down. Only where one service alone answers
 * there; behind a shared address it stays open who was meant.
 */
export function resolvePeers(groups: readonly CallGroup[]): readonly CallGroup[] {
  const answering = new Map<string, CallParty | "several">();
  for (const { kind, callee, peer } of groups) {
    if (kind !== "request" || callee === undefined || peer?.kind !== "external" || peer.name === "") continue;
    const known = answering.get(peer.name);
    const isOther = known !== undefined && (known === "several" || subjectKey(known) !== subjectKey(callee));
    answering.set(peer.name, isOther ? "several" : callee);
  }
  const nameOf = createNameOf(groups);
  return groups.map(nameOf).map((group) => {
    if (group.callee !== undefined || group.peer?.kind !== "external") return group;
    const callee = answering.get(group.peer.name);
    return callee === undefined || callee === "several" ? group : { ...group, callee };
  });
}

/**
 * Waiting for a connection names no database, the statements that follow do: where a caller uses one database of a system alone, what
 * has no name is meant for that one.
 */
function createNameOf(groups: readonly CallGroup[]): (group: CallGroup) => CallGroup {
  const keyOf = ({ caller, peer }: CallGroup): string | undefined =>
    caller === undefined || peer?.kind !== "database" ? undefined : `${peer.system} ${subjectKey(caller)}`;
  const named = new Map<string, Set<string>>();
  for (const group of groups) {
    const key = keyOf(group);
    if (key === undefined || group.peer === undefined || group.peer.name === "") continue;
    named.set(key, (named.get(key) ?? new Set()).add(group.peer.name));
  }
  return (group) => {
    const { peer } = group;
    if (peer === undefined || peer.name !== "") return group;
    const [name, ...others] = named.get(keyOf(group) ?? "") ?? [];
    return name === undefined || others.length > 0 ? group : { ...group, peer: { ...peer, name } };
  };
}
