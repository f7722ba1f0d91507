using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Pellucid.Cli.Terminal;

namespace Pellucid.Cli;

/// <summary>A file of a hub.</summary>
/// <param name="Name">Its name in the model's folder.</param>
/// <param name="Bytes">Its length; below 0 if the hub does not say.</param>
/// <param name="Sha256">What it must hash to, of a large file.</param>
/// <param name="BlobId">What it must hash to as a git blob, of a small one.</param>
internal sealed record HubFile(string Name, long Bytes, string? Sha256, string? BlobId);

/// <summary>Fetches files so that what broke off goes on, and what is not what the hub promised is never kept.</summary>
internal sealed class HubDownload(HttpClient client, Output output)
{
    private const int Tries = 4;
    private const string PartSuffix = ".part";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1), BetweenLines = TimeSpan.FromSeconds(5);

    /// <summary>Fetches one file into a folder, unless it is there.</summary>
    /// <exception cref="IOException">It cannot be fetched; what came is kept for the next time.</exception>
    /// <exception cref="InvalidDataException">It is not what the hub promised.</exception>
    public async Task Fetch(string address, HubFile file, string folder, CancellationToken cancellation)
    {
        var path = Path.Combine(folder, file.Name);
        if (File.Exists(path))
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var part = path + PartSuffix;
        for (var attempt = 1; !await Continue(address, file, part, attempt == Tries, cancellation); attempt++)
            await Task.Delay(TimeSpan.FromMilliseconds(200 * attempt), cancellation);
        if (await Complaint(part, file, cancellation) is { } complaint)
        {
            File.Delete(part);
            throw new InvalidDataException($"{address}: {complaint}; it was thrown away, fetch it again");
        }
        File.Move(part, path, overwrite: true);
        output.Line($"{file.Name}, {Units.Bytes(new FileInfo(path).Length)}");
    }

    /// <summary>Sends a request; a hub that cannot be reached is one line.</summary>
    public static async Task<HttpResponseMessage> Send(HttpClient client, HttpRequestMessage request, CancellationToken cancellation)
    {
        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (Exception error) when (error is HttpRequestException
            || (error is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new IOException($"{request.RequestUri}: the hub cannot be reached: {error.Message}", error);
        }
    }

    /// <summary>Refuses an answer that asks who is asking, or does not let that one in.</summary>
    /// <exception cref="UnauthorizedAccessException">It is such; the message says what to do.</exception>
    public static void RequireAllowed(HttpClient client, HttpResponseMessage response, string address)
    {
        if (response.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden))
            return;
        throw new UnauthorizedAccessException(client.DefaultRequestHeaders.Authorization is null
            ? $"{address}: not everybody may read this, or it is not there; put a token that may into {ModelHub.TokenVariable}"
            : $"{address}: the token in {ModelHub.TokenVariable} may not read this; the model's page on the hub tells how to be let in");
    }

    // True once the whole file has come.
    private async Task<bool> Continue(string address, HubFile file, string part, bool isLastTry, CancellationToken cancellation)
    {
        try
        {
            var have = File.Exists(part) ? new FileInfo(part).Length : 0;
            if (have > 0 && have == file.Bytes)
                return true;
            var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (have > 0)
                request.Headers.Range = new RangeHeaderValue(have, null);
            using var response = await Send(client, request, cancellation);
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                File.Delete(part); // longer than the file
                return false;
            }
            RequireAllowed(client, response, address);
            if (!response.IsSuccessStatusCode)
                throw new IOException($"{address}: the hub answers {(int)response.StatusCode}");
            var goesOn = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == have;
            await using var target = new FileStream(part, goesOn ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.None);
            await using var source = await response.Content.ReadAsStreamAsync(cancellation);
            await Copy(source, target, file, cancellation);
            return file.Bytes < 0 || target.Length == file.Bytes || (target.Length > file.Bytes ? true : isLastTry ? throw new IOException(
                $"{address}: broke off after {target.Length} of {file.Bytes} bytes; fetch it again to go on") : false);
        }
        catch (Exception error) when (!isLastTry && error is IOException or HttpRequestException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception error) when (error is HttpIOException or HttpRequestException)
        {
            throw new IOException(
                $"{address}: broke off after {new FileInfo(part).Length} of {file.Bytes} bytes; fetch it again to go on", error);
        }
    }

    private async Task Copy(Stream source, Stream target, HubFile file, CancellationToken cancellation)
    {
        var (buffer, clock, next) = (new byte[1 << 17], System.Diagnostics.Stopwatch.StartNew(), BetweenLines);
        var (before, limit) = (target.Length, file.Bytes < 0 ? long.MaxValue : file.Bytes);
        while (target.Length <= limit)
        {
            using var stalled = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            stalled.CancelAfter(Patience);
            int count;
            try
            {
                count = await source.ReadAsync(buffer, stalled.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new IOException($"{file.Name}: nothing has come for {Patience.TotalSeconds} s");
            }
            if (count == 0)
                return;
            await target.WriteAsync(buffer.AsMemory(0, count), cancellation);
            if (clock.Elapsed < next)
                continue;
            next = clock.Elapsed + BetweenLines;
            var speed = (target.Length - before) / clock.Elapsed.TotalSeconds;
            output.Line($"{file.Name}: {Units.Bytes(target.Length)} of {Units.Bytes(file.Bytes)}, {Units.Number(speed / 1e6, 1)} MB/s, "
                + $"{Units.Duration(TimeSpan.FromSeconds(Math.Max(0, file.Bytes - target.Length) / speed))} left");
        }
    }

    // SHA-256 of large files; of small ones git's own hash, of "blob", the length, and the bytes.
    private static async Task<string?> Complaint(string path, HubFile file, CancellationToken cancellation)
    {
        await using var stream = File.OpenRead(path);
        if (file.Bytes >= 0 && stream.Length != file.Bytes)
            return $"it has {stream.Length} bytes, not {file.Bytes}";
        if (file.Sha256 is not null)
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation)) == file.Sha256 ? null
                : "its SHA-256 is not the one that the hub promised";
        if (file.BlobId is null)
            return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {stream.Length}\0"));
        var buffer = new byte[1 << 17];
        for (int count; (count = await stream.ReadAsync(buffer, cancellation)) > 0;)
            hash.AppendData(buffer, 0, count);
        return Convert.ToHexStringLower(hash.GetHashAndReset()) == file.BlobId ? null : "its hash is not the one that the hub promised";
    }
}
