using Microsoft.AspNetCore.Http;

namespace Pellucid.Web.Api;

/// <summary>A request that is refused, told in the way of OpenAI's API.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="message">One sentence for people.</param>
/// <param name="code">A word for programs, such as <c>context_length_exceeded</c>.</param>
/// <param name="parameter">Which field of the request is to blame.</param>
internal sealed class ApiException(int status, string message, string? code = null, string? parameter = null) : Exception(message)
{
    public int Status => status;

    public ApiError Error => new(Message, status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status404NotFound => "not_found_error",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    }, parameter, code);

    /// <summary>A field that makes no sense.</summary>
    public static ApiException Invalid(string message, string? parameter = null, string? code = null) =>
        new(StatusCodes.Status400BadRequest, message, code, parameter);
}

/// <summary>What went wrong.</summary>
internal sealed record ApiError(string Message, string Type, string? Param, string? Code);

/// <summary>The object that every refusal is.</summary>
internal sealed record ApiErrorBody(ApiError Error);
