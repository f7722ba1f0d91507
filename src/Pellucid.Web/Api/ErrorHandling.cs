using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pellucid.Generation;

namespace Pellucid.Web.Api;

/// <summary>Turns whatever goes wrong below <c>/v1</c> into an error object with the right status.</summary>
internal sealed class ErrorHandling(ILogger<ErrorHandling> logger) : IMiddleware
{
    private const string RetryAfterSeconds = "1", TooLarge = "the body is too large";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
            if (!context.Response.HasStarted && context.Response.StatusCode is >= 400 and var status)
                await WriteAsync(context, new ApiException(status, status switch
                {
                    StatusCodes.Status404NotFound => $"there is no {context.Request.Path}",
                    StatusCodes.Status405MethodNotAllowed => $"{context.Request.Path} does not take {context.Request.Method}",
                    StatusCodes.Status415UnsupportedMediaType => "the body must be JSON, with Content-Type: application/json",
                    StatusCodes.Status413PayloadTooLarge => TooLarge,
                    _ => $"the request was refused with status {status}",
                }));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has left: nobody reads an answer.
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            await WriteAsync(context, Refusal(error));
        }
    }

    /// <summary>How an exception is told to a client.</summary>
    public ApiException Refusal(Exception error)
    {
        switch (error)
        {
            case ApiException refusal:
                return refusal;
            case QueueFullException full:
                return new ApiException(StatusCodes.Status429TooManyRequests,
                    $"the server is busy: {full.Message}; try again later", "queue_full");
            case BadHttpRequestException { InnerException: JsonException json }:
                return ApiException.Invalid($"the body is not the JSON that is asked for: {Reason(json)}",
                    json.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : null,
                    "invalid_json");
            case BadHttpRequestException bad:
                return new ApiException(bad.StatusCode, bad.StatusCode switch
                {
                    StatusCodes.Status413PayloadTooLarge => TooLarge,
                    StatusCodes.Status415UnsupportedMediaType => "the body must be JSON, with Content-Type: application/json",
                    _ => bad.Message.Contains("no body was provided", StringComparison.Ordinal) ? "a body of JSON is asked for"
                        : bad.Message,
                });
            case ArgumentException argument:
                return ApiException.Invalid(argument.Message.ReplaceLineEndings(" "));
            case OperationCanceledException:
                return new ApiException(StatusCodes.Status408RequestTimeout, "the request took longer than this server allows", "timeout");
            case ObjectDisposedException:
                return new ApiException(StatusCodes.Status503ServiceUnavailable, "the server is ending", "shutting_down");
            case NotSupportedException unsupported:
                return ApiException.Invalid(unsupported.Message, code: "unsupported");
            default:
                logger.LogError(error, "a request failed");
                return new ApiException(StatusCodes.Status500InternalServerError, "something went wrong in the server", "internal_error");
        }
    }

    // The reader's own message ends with the path, which is told beside it, or names types that nobody outside knows.
    private static string Reason(JsonException error) => error.Message.Contains("could not be converted", StringComparison.Ordinal)
        ? error.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? $"{path[2..]} is of another type"
            : "an object is asked for"
        : error.Message.Split(" Path:")[0] is var said && said.Split("missing required properties including: ") is [_, var missing]
        ? $"it lacks {missing.TrimEnd('.')}" : said;

    private static async Task WriteAsync(HttpContext context, ApiException refusal)
    {
        context.Response.StatusCode = refusal.Status;
        if (refusal.Status == StatusCodes.Status429TooManyRequests)
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
        if (refusal.Status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        await context.Response.WriteAsJsonAsync(new ApiErrorBody(refusal.Error), ApiJson.Of<ApiErrorBody>(),
            contentType: null, context.RequestAborted);
    }
}
