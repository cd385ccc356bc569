// What is valid and will hardly do what is meant. Warnings, no problems.
import type { Report } from '../problem.ts';
import type { ConfigFile } from '../schema/file.ts';
import type { BrokerConfig, CameraConfig, RouteConfig } from '../types.ts';
import { lintNames } from './names.ts';
import { lintPorts } from './ports.ts';
import { lintRoutes } from './routes.ts';
import { lintTopics } from './topics.ts';

export interface Linted {
  file: ConfigFile;
  brokers: readonly BrokerConfig[];
  cameras: readonly CameraConfig[];
  /** In the order of the file; the default one where it has none. */
  routes: readonly RouteConfig[];
  report: Report;
}

/** Reports all of it. */
export function lint({ file, brokers, cameras, routes, report }: Linted): void {
  if (file.cameras.length === 0) report.warn(['cameras'], 'is empty: there is nothing to listen to');
  lintNames(file, cameras, report);
  lintPorts(file, brokers, report);
  lintTopics(routes, cameras, report);
  lintRoutes(routes, cameras, report);
}
