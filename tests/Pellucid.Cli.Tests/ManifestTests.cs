using System.Diagnostics;
using System.Net;
using k8s;
using k8s.Models;

namespace Pellucid.Cli.Tests;

/// <summary>The manifest for Kubernetes, read with the types that Kubernetes publishes.</summary>
public sealed class ManifestTests : IDisposable
{
    private static readonly string Manifest =
        File.ReadAllText(Path.Combine(DocumentationTests.Root(), "samples", "Kubernetes", "serve.yaml"));

    private readonly PellucidProcess _pellucid = new();

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public void The_manifest_says_nothing_that_Kubernetes_does_not_know_and_its_parts_fit_each_other()
    {
        var deployment = Of<V1Deployment>();
        var (pod, labels) = (deployment.Spec.Template.Spec, deployment.Spec.Template.Metadata.Labels);
        Assert.Equal(labels, deployment.Spec.Selector.MatchLabels);
        Assert.Equal(labels, Of<V1Service>().Spec.Selector);
        Assert.Equal(labels, Of<V1PodDisruptionBudget>().Spec.Selector.MatchLabels);
        var (container, scaled) = (Assert.Single(pod.Containers), Of<V2HorizontalPodAutoscaler>().Spec);
        Assert.Equal((deployment.Kind, deployment.Metadata.Name), (scaled.ScaleTargetRef.Kind, scaled.ScaleTargetRef.Name));
        Assert.Equal(Assert.Single(container.Ports).Name, Assert.Single(Of<V1Service>().Spec.Ports).TargetPort.Value);
        Assert.Equal(pod.Volumes.Select(volume => volume.Name), container.VolumeMounts.Select(mount => mount.Name));
        Assert.Equal((true, true, false), (pod.SecurityContext.RunAsNonRoot, container.SecurityContext.ReadOnlyRootFilesystem,
            container.SecurityContext.AllowPrivilegeEscalation));
        // what runs has the time that the server gives it
        var host = new Web.HostOptions();
        Assert.True(pod.TerminationGracePeriodSeconds
            > container.Lifecycle.PreStop.Sleep.Seconds + host.ShutdownTime.TotalSeconds + 5);
        Assert.ThrowsAny<Exception>(() => Read(Manifest.Replace("readinessProbe", "readinesProbe", StringComparison.Ordinal)));
        Assert.ThrowsAny<Exception>(() => Read(Manifest.Replace("replicas: 2", "replicas: two", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_server_with_the_manifests_arguments_answers_its_probes_and_tells_what_is_scaled_by()
    {
        var container = Of<V1Deployment>().Spec.Template.Spec.Containers[0];
        var (keys, port) = (_pellucid.File("keys", "one\n"), $"{container.Ports[0].ContainerPort}");
        Assert.Contains("/models/mine", container.Args);
        using var server = _pellucid.Start([.. container.Args.Select(word => word == "/models/mine" ? "tiny" : word == "/keys/keys" ? keys
            : word == port ? "0" : word == "0.0.0.0" ? "127.0.0.1" : word)], [.. container.Env.Select(one => (one.Name, one.Value))]);
        var line = await server.StandardOutput.ReadLineAsync(Ended);
        Assert.True(line is not null, line is null ? await server.StandardError.ReadToEndAsync(Ended) : line);
        using var http = new HttpClient { BaseAddress = new Uri(line!.Split(" listens on ")[1].Split(';')[0]) };
        foreach (var probe in (V1Probe[])[container.StartupProbe, container.ReadinessProbe, container.LivenessProbe])
            using (var answer = await http.GetAsync(probe.HttpGet.Path, Ended))
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using (var refused = await http.GetAsync("/v1/models", Ended))
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains($"\n{Assert.Single(Of<V2HorizontalPodAutoscaler>().Spec.Metrics).Pods.Metric.Name} ",
            await http.GetStringAsync("/metrics", Ended), StringComparison.Ordinal);
        using (var kill = Process.Start("kill", ["-TERM", $"{server.Id}"]))
            await kill.WaitForExitAsync(Ended);
        await server.WaitForExitAsync(Ended);
    }

    private static List<object> Read(string text) => KubernetesYaml.LoadAllFromString(text, null, strict: true);

    private static T Of<T>() => Assert.Single(Read(Manifest).OfType<T>());

    public void Dispose() => _pellucid.Dispose();
}
