using System.Security.Cryptography.X509Certificates;

namespace Pellucid.Web;

/// <summary>How a model is offered over HTTP.</summary>
public sealed record HostOptions
{
    /// <summary>Addresses to listen on; loopback unless said otherwise.</summary>
    public string Urls { get; init; } = "http://127.0.0.1:8080";

    /// <summary>Certificates for https, the server's own first and with its key; none where http alone is spoken.</summary>
    public X509Certificate2Collection Certificates { get; init; } = [];

    /// <summary>Whether the page for people is there beside the API.</summary>
    public bool HasExplorer { get; init; }

    /// <summary>Keys that programs may show; none asks for none.</summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>Other names that programs may call the model by, such as the commit it was fetched at.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Whether <c>/metrics</c> needs a key too, where there are keys.</summary>
    public bool GuardsMetrics { get; init; }

    /// <summary>Names that this server may be called by on loopback, beside those of loopback; elsewhere, if there are any, no others.
    /// See RFC 9110, 7.2.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Origins, such as <c>https://example.org</c>, whose pages may ask; <c>*</c> for all.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>Whether fields of a request that are not understood are logged instead of refused.</summary>
    public bool IsLenient { get; init; }

    /// <summary>Bytes of a request at most.</summary>
    public long MostBodyBytes { get; init; } = 4 << 20;

    /// <summary>Tokens that a request may have written at most.</summary>
    public int MostTokens { get; init; } = 4096;

    /// <summary>Texts that one request may ask for at most.</summary>
    public int MostTexts { get; init; } = 128;

    /// <summary>Texts whose meaning one request may ask for at most.</summary>
    public int MostEmbeddings { get; init; } = 2048;

    /// <summary>Strings that may end a text at most.</summary>
    public int MostStops { get; init; } = 64;

    /// <summary>Characters of such a string at most.</summary>
    public int LongestStop { get; init; } = 1024;

    /// <summary>Tokens whose logits a request may change at most.</summary>
    public int MostBiases { get; init; } = 1024;

    /// <summary>Responses that are kept for others to go on from, at most; 0 keeps none.</summary>
    public int MostStored { get; init; } = 1000;

    /// <summary>Characters of all of them together at most.</summary>
    public long MostStoredCharacters { get; init; } = 64 << 20;

    /// <summary>How long a request may take, waiting included; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it likes.</summary>
    public TimeSpan RequestTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long what runs may go on once the server was told to end.</summary>
    public TimeSpan ShutdownTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Folders of trainings that the page watches, those of tuning too; others that lie beside them can be chosen there.</summary>
    public IReadOnlyList<string> RunFolders { get; init; } = [];

    /// <summary>Features that the page shows.</summary>
    public IReadOnlyList<FeatureSource> Features { get; init; } = [];

    /// <summary>The report of a tour, a page in a file, that the explorer's examples lead to; null for none.</summary>
    public string? TourReport { get; init; }
}
