using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pellucid.Cli.Terminal;
using Pellucid.Files;
using Pellucid.Models;

namespace Pellucid.Cli;

/// <summary><c>pellucid model pull</c>: models of a hub in the Hugging Face layout, kept in the cache by commit.</summary>
internal static partial class ModelHub
{
    /// <summary>Names another hub than Hugging Face's.</summary>
    public const string EndpointVariable = "HF_ENDPOINT";

    private const string DefaultEndpoint = "https://huggingface.co";
    private const string CommitFile = "commit";

    /// <summary>The folder of a model that was fetched before, or null.</summary>
    public static string? Find(string name)
    {
        if (!Names().IsMatch(name))
            return null;
        var commit = Path.Combine(Folder(name), CommitFile);
        return File.Exists(commit) && Path.Combine(Folder(name), File.ReadAllText(commit)) is var folder && Directory.Exists(folder)
            ? folder : null;
    }

    /// <summary>Fetches a model.</summary>
    public static async Task<int> Pull(ParseResult words, string name, string revision, CancellationToken cancellation)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        if (!Names().IsMatch(name) || !Names().IsMatch(revision))
            throw new ArgumentException($"'{(Names().IsMatch(name) ? revision : name)}' is no name of a model or revision; "
                + "such are gpt2, or openai-community/gpt2");
        var endpoint = (Environment.GetEnvironmentVariable(EndpointVariable) is { Length: > 0 } other ? other : DefaultEndpoint)
            .TrimEnd('/');
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new ArgumentException($"{EndpointVariable} is '{endpoint}', which is no address");
        using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(1) };
        var (commit, files) = await List(client, $"{endpoint}/api/models/{name}/revision/{revision}?blobs=true", name, cancellation);
        var folder = Path.Combine(Folder(name), commit);
        Directory.CreateDirectory(folder);
        foreach (var file in files)
            await new HubDownload(client, output).Fetch($"{endpoint}/{name}/resolve/{commit}/{file.Name}", file, folder, cancellation);
        SafeFile.Write(Path.Combine(Folder(name), CommitFile), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(commit)));
        output.Line($"{name} is in {folder}; try: pellucid generate {name} \"A prompt\"");
        output.Json(json =>
        {
            json.WriteString("name", name);
            json.WriteString("commit", commit);
            json.WriteString("folder", folder);
            json.WriteNumber("bytes", files.Sum(file => file.Bytes));
        });
        return PellucidCommand.Done;
    }

    private static async Task<(string Commit, List<HubFile> Files)> List(HttpClient client, string address, string name,
        CancellationToken cancellation)
    {
        using var response = await HubDownload.Send(client, new HttpRequestMessage(HttpMethod.Get, address), cancellation);
        if (response.StatusCode is System.Net.HttpStatusCode.NotFound or System.Net.HttpStatusCode.Unauthorized)
            throw new IOException($"{address}: the hub has no public model {name} of that revision");
        if (!response.IsSuccessStatusCode)
            throw new IOException($"{address}: the hub answers {(int)response.StatusCode}");
        try
        {
            using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellation),
                new JsonDocumentOptions { MaxDepth = 32 });
            var commit = document.RootElement.GetProperty("sha").GetString() ?? "";
            var files = document.RootElement.GetProperty("siblings").EnumerateArray().Select(Read)
                .Where(file => OfWeights().IsMatch(file.Name) || CompanionFiles.Contains(file.Name) && Names().IsMatch(file.Name)).ToList();
            if (files.Any(file => file.Name == "model.safetensors"))
                files.RemoveAll(file => file.Name.StartsWith("model", StringComparison.Ordinal) && file.Name != "model.safetensors");
            if (!Commits().IsMatch(commit) || !files.Any(file => file.Name == "config.json")
                || !files.Any(file => file.Name.EndsWith(".safetensors", StringComparison.Ordinal)))
                throw new InvalidDataException($"{address}: {name} has no config.json with weights as safetensors");
            return (commit, files);
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

    private static string Folder(string name) => Path.Combine(CacheFolder.Of("models"), name.Replace("/", "--", StringComparison.Ordinal));

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?$")]
    private static partial Regex Names();

    [GeneratedRegex("^[0-9a-f]{40}$")]
    private static partial Regex Commits();

    [GeneratedRegex(@"^(config\.json|model\.safetensors(\.index\.json)?|model-\d+-of-\d+\.safetensors)$")]
    private static partial Regex OfWeights();
}
