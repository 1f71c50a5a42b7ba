import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.codelibs.opensearch.runner.OpenSearchRunner;
import org.opensearch.action.admin.cluster.node.info.NodeInfo;
import org.opensearch.http.HttpInfo;

/**
 * One OpenSearch node for tests, on a free port of 127.0.0.1 and in the folder
 * that is its argument. It prints its address and lives until its standard
 * input ends, so that it does not outlive whoever started it; then the folder is
 * removed.
 */
class Server {
  public static void main(String[] args) throws Exception {
    OpenSearchRunner runner = new OpenSearchRunner();
    runner.onBuild((number, settings) -> {
      settings.put("network.host", "127.0.0.1");
      settings.put("http.port", "0");
      settings.put("transport.port", "0");
      settings.put("discovery.type", "single-node");
      settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
      settings.put("node.processors", 2);
    });
    runner.build(OpenSearchRunner.newConfigs().basePath(args[0]).numOfNode(1).clusterName("tradewind-tests").useLogger());
    runner.ensureYellow();
    NodeInfo node = runner.client().admin().cluster().prepareNodesInfo().get().getNodes().get(0);
    System.out.println("listening at http://127.0.0.1:" + node.getInfo(HttpInfo.class).address().publishAddress().getPort());
    while (System.in.read() >= 0) {
    }
    try (Stream<Path> files = Files.walk(Path.of(args[0]))) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } finally {
      Runtime.getRuntime().halt(0);
    }
  }
}
