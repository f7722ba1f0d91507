using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Pellucid.Web.Api;

/// <summary>Reads what a request asks for. Bytes that are no text, numbers that are none, fields that are not understood: each is
/// refused by its name, before anything is computed.</summary>
internal sealed class RequestBody(HostOptions options, ILogger<RequestBody> logger)
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The object that the body of a request is.</summary>
    public async Task<T> ReadAsync<T>(HttpContext context) where T : class
    {
        using var document = Parse(await BytesAsync(context));
        var (root, type) = (document.RootElement, ApiJson.Of<T>());
        if (root.ValueKind != JsonValueKind.Object)
            throw ApiException.Invalid("an object is asked for", code: "invalid_json");
        CheckValues(root, "");
        CheckFields(root, type, "");
        return (T)Deserialized(root, type, "")!;
    }

    private static object? Deserialized(JsonElement value, JsonTypeInfo type, string path)
    {
        try
        {
            return value.Deserialize(type);
        }
        catch (JsonException error) // its own message names types that nobody outside knows
        {
            path = Join(path, error.Path?.TrimStart('$').TrimStart('.') ?? "").TrimEnd('.');
            throw ApiException.Invalid($"{path} has a value of a type that is not asked for", path, "invalid_type");
        }
    }

    private static async Task<ReadOnlyMemory<byte>> BytesAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType() || MediaTypeHeaderValue.Parse(context.Request.ContentType).Charset is { Length: > 0 } set
            && !HeaderUtilities.RemoveQuotes(set).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType,
                "the body must be JSON in UTF-8, with Content-Type: application/json");
        using var bytes = new MemoryStream();
        await context.Request.Body.CopyToAsync(bytes, context.RequestAborted);
        var all = bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
        return all.Span.StartsWith("\uFEFF"u8) ? all[3..] : all;
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
            throw ApiException.Invalid("a body of JSON is asked for", code: "invalid_json");
        if (!Utf8.IsValid(body.Span))
            throw ApiException.Invalid("the body is not UTF-8", code: "invalid_json");
        try
        {
            return JsonDocument.Parse(body, Strict);
        }
        catch (JsonException error)
        {
            throw ApiException.Invalid($"the body is not JSON: {error.Message}", code: "invalid_json");
        }
        catch (InvalidOperationException) // a name
        {
            throw ApiException.Invalid("the body has a field whose name holds half of a character", code: "invalid_json");
        }
    }

    private static void CheckValues(JsonElement value, string path)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var field in value.EnumerateObject())
                    CheckValues(field.Value, Join(path, Name(field, path)));
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in value.EnumerateArray())
                    CheckValues(item, $"{path}[{index++}]");
                break;
            case JsonValueKind.String when !IsText(value):
                throw ApiException.Invalid($"{path} holds half of a character (a lone surrogate)", path, "invalid_text");
            case JsonValueKind.Number when !float.IsFinite(value.GetSingle()):
                throw ApiException.Invalid($"{path} is a number too large to compute with", path, "invalid_number");
        }
    }

    // Of what is not a text only escapes can be at fault: the bytes have been looked at.
    private static bool IsText(JsonElement value)
    {
        try
        {
            return value.GetString() is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string Name(JsonProperty field, string path)
    {
        try
        {
            return field.Name;
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Invalid($"{(path.Length > 0 ? path : "the body")} has a field whose name holds half of a character",
                path.Length > 0 ? path : null, "invalid_text");
        }
    }

    private void CheckFields(JsonElement value, JsonTypeInfo type, string path)
    {
        if (value.ValueKind == JsonValueKind.Array && type is { Kind: JsonTypeInfoKind.Enumerable, ElementType: { } element })
        {
            var index = 0;
            foreach (var item in value.EnumerateArray())
                CheckFields(item, ApiJson.Options.GetTypeInfo(element), $"{path}[{index++}]");
        }
        if (value.ValueKind != JsonValueKind.Object || type.Kind != JsonTypeInfoKind.Object)
            return;
        foreach (var field in value.EnumerateObject())
            if (type.Properties.FirstOrDefault(one => one.Name == field.Name) is not { } property)
                CheckUnread(type.Type, field, Join(path, field.Name));
            else if (field.Value.ValueKind == JsonValueKind.Object && InnerObjects.Of(type.Type, field.Name) is { } inner)
            {
                var shape = ApiJson.Options.GetTypeInfo(inner);
                CheckFields(field.Value, shape, Join(path, field.Name));
                Deserialized(field.Value, shape, Join(path, field.Name));
            }
            else
                CheckFields(field.Value, ApiJson.Options.GetTypeInfo(property.PropertyType), Join(path, field.Name));
        foreach (var property in type.Properties.Where(one => one.IsRequired))
            if (!value.TryGetProperty(property.Name, out var given) || given.ValueKind == JsonValueKind.Null)
                throw ApiException.Invalid($"{Join(path, property.Name)} is missing", Join(path, property.Name),
                    "missing_required_parameter");
    }

    private void CheckUnread(Type type, JsonProperty field, string path)
    {
        if (UnreadFields.ChangesNothing(type, field.Name, field.Value))
            return;
        if (!options.IsLenient)
            throw ApiException.Invalid(UnreadFields.IsKnown(type, field.Name)
                ? $"{path}: only {UnreadFields.Only(type, field.Name)} is done here" : $"{path} is not a field that is understood here",
                path, "unsupported_parameter");
        if (logger.IsEnabled(LogLevel.Warning))
            logger.LogWarning("{Field} is not understood, and ignored", path);
    }

    private static string Join(string path, string name) => path.Length > 0 ? $"{path}.{name}" : name;
}
