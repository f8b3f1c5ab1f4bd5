/** `alertmanagerStatus` of Alertmanager's API v2: what tools look at before they trust the rest. */
export interface AlertmanagerStatus {
  readonly cluster: { readonly status: "disabled"; readonly peers: readonly never[] };
  readonly config: { readonly original: string };
  readonly uptime: string;
  readonly versionInfo: {
    readonly version: string;
    readonly revision: string;
    readonly branch: string;
    readonly buildUser: string;
    readonly buildDate: string;
    readonly goVersion: string;
  };
}

/**
 * @param options.startedAtMs when the observer started, ms since the epoch
 * @param options.configuration hash of the configuration in force
 */
export function toAlertmanagerStatus(options: {
  readonly startedAtMs: number;
  readonly version: string;
  readonly configuration: string;
}): AlertmanagerStatus {
  return {
    cluster: { status: "disabled", peers: [] },
    // Tools parse it as YAML. Ours is no Alertmanager configuration, so it names the one in force.
    config: {
      original: `# observer_config.json ${options.configuration}\nroute:\n  receiver: kontor\nreceivers:\n  - name: kontor\n`,
    },
    uptime: new Date(options.startedAtMs).toISOString(),
    versionInfo: {
      version: options.version,
      revision: "",
      branch: "",
      buildUser: "",
      buildDate: "",
      goVersion: "",
    },
  };
}
