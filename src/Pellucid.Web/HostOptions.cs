namespace Pellucid.Web;

/// <summary>How a model is offered over HTTP.</summary>
internal sealed record HostOptions
{
    /// <summary>Addresses to listen on; loopback unless said otherwise.</summary>
    public string Urls { get; init; } = "http://127.0.0.1:8080";

    /// <summary>Whether the page for people is there beside the API.</summary>
    public bool HasExplorer { get; init; }

    /// <summary>The folder of a training that the page watches; null for none.</summary>
    public string? RunFolder { get; init; }
}
