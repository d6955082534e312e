//! A password set and a sign-in at full strength, through the bytes that travel.

use password::{
    Password, PasswordFile, Registering, Registration, RegistrationRequest, RegistrationResponse, ServerKey,
    SignInFinish, SignInRequest, SignInResponse, SigningIn, Who,
};

#[test]
fn what_a_password_was_set_with_signs_in() {
    let who = Who { account: "harbour", user: "ida" };
    let password = || Password::new("correct horse battery staple").unwrap();
    let key = ServerKey::derive(&[1; 32]);

    let (registering, request) = Registering::start(password().for_new(&who).unwrap(), &[2; 32]);
    let request = RegistrationRequest::from_bytes(&request.to_bytes()).unwrap();
    let response = RegistrationResponse::from_bytes(&key.register(&who, &request).to_bytes()).unwrap();
    let registration = registering.finish(&who, &response).unwrap().to_bytes();
    let file = PasswordFile::new(&Registration::from_bytes(&registration).unwrap());
    // What is sealed today must sign people in after the next release too: nothing on the way to it may change.
    let tag = minicbor::to_vec(file.tag()).unwrap();
    assert_eq!(
        tag.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
        "50e121aad0076d2950b15063d9219305bd"
    );

    let (signing_in, request) = SigningIn::start(password(), &[3; 32]);
    let request = SignInRequest::from_bytes(&request.to_bytes()).unwrap();
    let (response, pending) = key.answer(&who, Some(&file), &request, &[4; 32]);
    let response = SignInResponse::from_bytes(&response.to_bytes()).unwrap();
    let (finish, browsers) = signing_in.finish(&who, &response).unwrap();
    let finish = SignInFinish::from_bytes(&finish.to_bytes()).unwrap();
    let modules = pending.finish(&who, &finish).unwrap();
    assert_eq!(browsers.as_bytes(), modules.as_bytes());
}
