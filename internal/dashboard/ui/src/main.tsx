// The page begins here.

import { render } from "preact";
import { askWhoami } from "./api";
import { connect, connection } from "./live";
import { apiKey, dress } from "./settings";
import { Shell } from "./shell";
import "./style/tokens.css";
import "./style/frame.css";
import "./style/parts.css";
import "./style/runs.css";
import "./style/run.css";
import "./style/pages.css";

dress();
connect();
apiKey.follow(() => void askWhoami());
connection.follow(() => connection.value.state === "refused" && void askWhoami()); // a key may be revoked while it is used
void askWhoami();
render(<Shell />, document.getElementById("app")!);
