using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pellucid.Generation;
using Pellucid.Web.Api.Ollama;

namespace Pellucid.Web.Api;

/// <summary>Turns whatever goes wrong into an error object with the right status.</summary>
internal sealed class ErrorHandling(RequestTime time, ILogger<ErrorHandling> logger) : IMiddleware
{
    private static readonly PathString[] Programs = ["/v1", "/api", "/tokenize", "/detokenize", "/tokenizer_info", "/props"];

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
            case BadHttpRequestException bad:
                return new ApiException(bad.StatusCode,
                    bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? TooLarge : bad.Message);
            case ArgumentException argument:
                return ApiException.Invalid(argument.Message.Split(" (Parameter '")[0].ReplaceLineEndings(" "));
            case OperationCanceledException when time.IsEnding:
            case ObjectDisposedException:
                return new ApiException(StatusCodes.Status503ServiceUnavailable, "the server is ending", "shutting_down");
            case OperationCanceledException:
                return new ApiException(StatusCodes.Status408RequestTimeout, "the request took longer than this server allows", "timeout");
            case NotSupportedException unsupported:
                return ApiException.Invalid(unsupported.Message, code: "unsupported");
            default:
                logger.LogError(error, "a request failed");
                return new ApiException(StatusCodes.Status500InternalServerError, "something went wrong in the server", "internal_error");
        }
    }

    private static async Task WriteAsync(HttpContext context, ApiException refusal)
    {
        context.Response.StatusCode = refusal.Status;
        if (refusal.Status == StatusCodes.Status429TooManyRequests)
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
        if (refusal.Status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = IsForPrograms(context.Request.Path) ? "Bearer"
                : "Basic realm=\"pellucid: the key is the password\""; // browsers ask people
        if (context.Request.Path.StartsWithSegments("/api"))
            await context.Response.WriteAsJsonAsync(new OllamaError(refusal.Message), ApiJson.Of<OllamaError>(),
                contentType: null, context.RequestAborted);
        else
            await context.Response.WriteAsJsonAsync(new ApiErrorBody(refusal.Error), ApiJson.Of<ApiErrorBody>(),
                contentType: null, context.RequestAborted);
    }

    private static bool IsForPrograms(PathString path) => Programs.Any(one => path.StartsWithSegments(one));
}
