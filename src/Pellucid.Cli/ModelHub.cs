using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Pellucid.Cli.Terminal;
using Pellucid.Files;

namespace Pellucid.Cli;

/// <summary>
/// <c>pellucid model pull</c>: models of a hub in the Hugging Face layout, or as GGUF, kept in the cache by commit. Beside the
/// commits lies a file for each name that was fetched, which says what of them it stands for.
/// </summary>
internal static partial class ModelHub
{
    /// <summary>Names another hub than Hugging Face's.</summary>
    public const string EndpointVariable = "HF_ENDPOINT";

    /// <summary>Holds the token of somebody who may read what not everybody may.</summary>
    public const string TokenVariable = "HF_TOKEN";

    private const string DefaultEndpoint = "https://huggingface.co";
    private const string CommitFile = "commit";

    /// <summary>The folder of a model that was fetched before, or its GGUF file (of shards the first), or null.</summary>
    public static string? Find(string name)
    {
        if (Cut(name) is not var (repository, type) || Path.Combine(Folder(repository), NoteOf(type)) is var note && !File.Exists(note))
            return null;
        var path = Path.Combine(Folder(repository), File.ReadAllText(note));
        return Path.Exists(path) ? path : null;
    }

    /// <summary>Fetches a model.</summary>
    /// <param name="words">What the command was told.</param>
    /// <param name="model">The model's name; of one in GGUF with a colon and the type of its weights behind it, if wanted.</param>
    /// <param name="revision">Branch, tag or commit.</param>
    /// <param name="cancellation">Ends it early; what has come is kept for the next time.</param>
    public static async Task<int> Pull(ParseResult words, string model, string revision, CancellationToken cancellation)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        if (Cut(model) is not var (name, type) || !Names().IsMatch(revision))
            throw new ArgumentException($"'{(Cut(model) is null ? model : revision)}' is no name of a model or revision; "
                + "such are gpt2, openai-community/gpt2, or, of GGUF, somebody/model:Q4_K_M");
        var endpoint = (Environment.GetEnvironmentVariable(EndpointVariable) is { Length: > 0 } other ? other : DefaultEndpoint)
            .TrimEnd('/');
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new ArgumentException($"{EndpointVariable} is '{endpoint}', which is no address");
        using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(1) };
        if (Environment.GetEnvironmentVariable(TokenVariable)?.Trim() is { Length: > 0 } token)
            client.DefaultRequestHeaders.Authorization = token.All(sign => sign is > ' ' and <= '~')
                ? new AuthenticationHeaderValue("Bearer", token)
                : throw new ArgumentException($"{TokenVariable} holds what no token can be");
        var address = $"{endpoint}/api/models/{name}/revision/{revision}?blobs=true";
        var (commit, all) = await List(client, address, name, cancellation);
        var wanted = HubFiles.Choose(all, type)
            ?? throw new InvalidDataException($"{address}: {name} has neither config.json with weights as safetensors nor GGUF files");
        var files = wanted.Files;
        var folder = Path.Combine(Folder(name), commit);
        Directory.CreateDirectory(folder);
        foreach (var file in files)
            await new HubDownload(client, output).Fetch($"{endpoint}/{name}/resolve/{commit}/{file.Name}", file, folder, cancellation);
        var whole = wanted.First is { } first ? Path.Combine(folder, first) : null;
        foreach (var note in wanted.Type is { } found ? (string[])[NoteOf(type), NoteOf(found)] : [NoteOf(type)])
            SafeFile.Write(Path.Combine(Folder(name), note), stream => stream.Write(Encoding.UTF8.GetBytes(
                wanted.First is { } one ? $"{commit}/{one}" : commit)));
        output.Line($"{model} is in {whole ?? folder}; try: pellucid generate {model} \"A prompt\"");
        var pulled = new PulledModel(model, commit, folder, files.Sum(file => file.Bytes));
        if (whole is null)
            output.Json(pulled, Results.Default.PulledModel);
        else
            output.Json(new PulledGguf(pulled, whole, wanted.Type), Results.Default.PulledGguf);
        return PellucidCommand.Done;
    }

    private static async Task<(string Commit, List<HubFile> Files)> List(HttpClient client, string address, string name,
        CancellationToken cancellation)
    {
        using var response = await HubDownload.Send(client, new HttpRequestMessage(HttpMethod.Get, address), cancellation);
        if (response.StatusCode == HttpStatusCode.NotFound)
            throw new IOException($"{address}: the hub has no public model {name} of that revision");
        HubDownload.RequireAllowed(client, response, address);
        if (!response.IsSuccessStatusCode)
            throw new IOException($"{address}: the hub answers {(int)response.StatusCode}");
        try
        {
            using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellation),
                new JsonDocumentOptions { MaxDepth = 32 });
            var commit = document.RootElement.GetProperty("sha").GetString() ?? "";
            return Commits().IsMatch(commit)
                ? (commit, [.. document.RootElement.GetProperty("siblings").EnumerateArray().Select(Read)])
                : throw new InvalidDataException($"{address}: the hub's answer names no commit");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InvalidDataException($"{address}: the hub's answer is not understood: {Excerpt.Of(error)}", error);
        }
    }

    private static HubFile Read(JsonElement sibling)
    {
        var name = sibling.GetProperty("rfilename").GetString() ?? "";
        var size = sibling.TryGetProperty("size", out var bytes) && bytes.ValueKind == JsonValueKind.Number ? bytes.GetInt64() : -1;
        var sha256 = sibling.TryGetProperty("lfs", out var lfs) && lfs.ValueKind == JsonValueKind.Object
            ? lfs.GetProperty("sha256").GetString() : null;
        return new HubFile(name, size, sha256, sibling.TryGetProperty("blobId", out var blob) ? blob.GetString() : null);
    }

    // The name of a repository, and what stands behind a colon.
    private static (string Repository, string? Type)? Cut(string model)
    {
        var colon = model.IndexOf(':', StringComparison.Ordinal);
        var (repository, type) = colon < 0 ? (model, null) : (model[..colon], model[(colon + 1)..]);
        return Names().IsMatch(repository) && (type is null || Types().IsMatch(type)) ? (repository, type) : null;
    }

    private static string NoteOf(string? type) => type is null ? CommitFile : $"{CommitFile}-{type.ToUpperInvariant()}";

    private static string Folder(string name) => Path.Combine(CacheFolder.Of("models"), name.Replace("/", "--", StringComparison.Ordinal));

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?$")]
    private static partial Regex Names();

    [GeneratedRegex("^[0-9a-f]{40}$")]
    private static partial Regex Commits();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    private static partial Regex Types();
}

/// <summary>A model that was fetched.</summary>
internal record PulledModel(string Name, string Commit, string Folder, long Bytes);

/// <summary>One in GGUF: its file, of shards the first, and how its weights are stored, if its name tells.</summary>
internal sealed record PulledGguf([property: JsonIgnore] PulledModel Model, string File, string? Type) : PulledModel(Model);
