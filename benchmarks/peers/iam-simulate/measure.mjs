// Measures @cloud-copilot/iam-simulate on requests that the caller hands over, in CPU time of this process.
//
// usage: node measure.mjs PACKAGES    (the folder that holds node_modules)
// stdin, line by line: {"load": {"policies": [document], "boundary": [document], "requests": [{"principal", "action",
//   "resource", "account", "context"}]}}, answered with {"answers": [text]}; then any number of {"times": n}, answered
//   with {"rate": decisions per second of CPU}.
//
// Policies are loaded once, as a server would keep them. What is timed is `authorize`, the engine below the package's
// `runSimulation`, which also validates policies and looks actions up: the fastest of its ways to a decision.

import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = path.resolve(process.argv[2], 'node_modules/@cloud-copilot');
const from = (file) => import(pathToFileURL(path.join(folder, 'iam-simulate/dist/esm', file)).href);
const { authorize } = await from('core_engine/CoreSimulatorEngine.js');
const { AwsRequestImpl } = await from('request/request.js');
const { RequestContextImpl } = await from('requestContext.js');
const { DiscoveryContextKeyConstraints } = await from('context_keys/discoveryContextKeyConstraints.js');
const require = createRequire(path.join(folder, 'iam-simulate/package.json'));
const { loadPolicy } = await import(pathToFileURL(require.resolve('@cloud-copilot/iam-policy')).href);

const simulationParameters = {
  simulationMode: 'Strict',
  discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([])
};

function load(documents) {
  return documents.map((document, index) => loadPolicy(document, { name: `policy-${index}` }));
}

let work;

function prepare({ policies, boundary, requests }) {
  const identityPolicies = load(policies);
  const permissionBoundaries = boundary.length ? load(boundary) : undefined;
  work = requests.map(
    ({ principal, action, resource, account, context }) =>
      () =>
        authorize({
          request: new AwsRequestImpl(principal, { resource, accountId: account }, action, new RequestContextImpl(context)),
          sessionPolicy: undefined,
          identityPolicies,
          serviceControlPolicies: [],
          resourceControlPolicies: [],
          resourcePolicy: undefined,
          permissionBoundaries,
          vpcEndpointPolicies: undefined,
          simulationParameters,
          serviceSettings: {}
        })
  );
  return { answers: work.map((decide) => decide().result) };
}

function measure(times) {
  const start = process.cpuUsage();
  for (let round = 0; round < times; round++) {
    for (const decide of work) decide();
  }
  const used = process.cpuUsage(start);
  return { rate: (times * work.length * 1e6) / (used.user + used.system) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(asked.load ? prepare(asked.load) : measure(asked.times))}\n`);
}
