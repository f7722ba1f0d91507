using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pellucid.Generation;

namespace Pellucid.Web.Api;

/// <summary>What <c>/v1/embeddings</c> takes.</summary>
internal sealed record EmbeddingRequest
{
    [Description("Name of the model, as /v1/models tells it; the one there is if left out")]
    public string? Model { get; init; }

    [Description("A string, a list of tokens, or a list of strings or of lists of tokens")]
    public required JsonElement Input { get; init; }

    [Description("float, or base64: single-precision numbers, little-endian")]
    public string? EncodingFormat { get; init; }

    [Description("Only the model's width")]
    public int? Dimensions { get; init; }
}

/// <summary>Texts as vectors.</summary>
internal sealed record Embeddings(string Object, IReadOnlyList<EmbeddingItem> Data, string Model, EmbeddingUsage Usage);

/// <summary>A vector of length 1: numbers, or base64.</summary>
internal sealed record EmbeddingItem(string Object, int Index, object Embedding);

/// <summary>How many tokens were read.</summary>
internal sealed record EmbeddingUsage(int PromptTokens, int TotalTokens);

/// <summary><c>/v1/embeddings</c>: the mean of the final states of a text's tokens.</summary>
internal sealed class EmbeddingEndpoint(ModelRegistry models, HostOptions options, RequestTime time, Telemetry telemetry)
{
    public async Task<Embeddings> HandleAsync(EmbeddingRequest request, HttpContext context)
    {
        using var lease = await models.UseAsync(request.Model, time, context);
        var model = lease.Model;
        if (request.EncodingFormat is not (null or "float" or "base64"))
            throw ApiException.Invalid("encoding_format is float or base64", "encoding_format");
        if (request.Dimensions is { } dimensions && dimensions != model.Gpt.Config.Width)
            throw ApiException.Invalid($"dimensions can only be this model's width, {model.Gpt.Config.Width}", "dimensions", "unsupported");
        var inputs = Prompt.Read(request.Input, model, "input");
        if (inputs.Count > options.MostEmbeddings)
            throw ApiException.Invalid($"a request may hold {options.MostEmbeddings} texts at most", "input");
        foreach (var input in inputs)
            Texts.CheckLength(model, input, "input");

        using var ended = time.Begin(context);
        using var record = telemetry.Begin("embeddings", model.Name);
        try
        {
            var items = new List<EmbeddingItem>();
            foreach (var input in inputs)
            {
                var vector = await model.EmbedAsync(input, ended.Token).WaitAsync(ended.Token); // time runs while the engine is busy too
                items.Add(new EmbeddingItem("embedding", items.Count,
                    request.EncodingFormat == "base64" ? Convert.ToBase64String(MemoryMarshal.AsBytes<float>(vector)) : vector));
            }
            var read = inputs.Sum(input => input.Length);
            record.Done(read, 0);
            return new Embeddings("list", items, model.Name, new EmbeddingUsage(read, read));
        }
        catch (Exception error)
        {
            record.Failed(error);
            throw;
        }
    }
}
